"""Pages of merchants, stores, memberships, suppliers, forms and assessments."""

from merchants.admin import assessments, calendars, form_templates, memberships, places, suppliers

__all__ = ["assessments", "calendars", "form_templates", "memberships", "places", "suppliers"]
