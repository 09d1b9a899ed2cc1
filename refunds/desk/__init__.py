"""The desk: who works on what, what comes next, what belongs together, and what a case suggests."""
