"""Deciding on a case: by whom, up to how much, with whose second approval, and when not without a person."""
