"""Tags that every page may load."""
