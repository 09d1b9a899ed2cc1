"""What the transparency log costs, and how fast history is verified."""
