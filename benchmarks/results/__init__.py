"""A bank's result file over many batches: ours, stock django-import-export, and hand-written SQL."""
