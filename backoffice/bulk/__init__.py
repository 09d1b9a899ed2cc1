"""Files in, files out: stored uploads, their checks and their progress."""
