"""The admin site: guarded pages, dialogs, history and the home page."""

from backoffice.admin import people

__all__ = ["people"]
