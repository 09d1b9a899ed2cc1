"""History that answers questions: every change of every field, found by who, where, what, when, how much."""
