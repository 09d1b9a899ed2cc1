"""Lists as files: asked for by a person, made in the background, kept for that person alone."""
