"""New refund requests from a file: ours, stock django-import-export, and hand-written SQL with no checks."""
