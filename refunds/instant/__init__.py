"""Instant approval: rules, which are data, decide a request the moment that nothing is missing.

A rule is tried when the case is opened, and again when evidence is attached while it still waits for
its first review. What a rule cannot approve goes the ordinary way; no rule ever refuses.
"""
