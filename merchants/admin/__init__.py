"""Pages of merchants, stores, memberships, suppliers, forms and assessments."""

from merchants.admin import assessments, form_templates, memberships, places, suppliers

__all__ = ["assessments", "form_templates", "memberships", "places", "suppliers"]
