"""Pages of this app in the admin."""
