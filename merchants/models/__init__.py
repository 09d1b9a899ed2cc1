"""Merchants, stores, people, suppliers and their assessments."""

from merchants.models.assessments import Answer, Assessment
from merchants.models.calendars import SpecialDay, WorkingCalendar, WorkingHours
from merchants.models.forms import FormTemplate, Question
from merchants.models.memberships import Membership
from merchants.models.stores import Merchant, Store
from merchants.models.suppliers import Supplier

__all__ = [
    "Answer",
    "Assessment",
    "FormTemplate",
    "Membership",
    "Merchant",
    "Question",
    "SpecialDay",
    "Store",
    "Supplier",
    "WorkingCalendar",
    "WorkingHours",
]
