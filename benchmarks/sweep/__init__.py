"""The timer’s sweep over overdue cases: ours, the stock loop, and hand-written SQL with no checks."""
