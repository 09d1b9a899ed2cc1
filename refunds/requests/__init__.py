"""A channel's file of new refund requests: read, checked as a whole, opened as cases in sets."""
