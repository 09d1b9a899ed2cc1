"""``{% load desk %}``: pills, countdowns, and roles as history keeps them."""

from datetime import datetime

from django import template
from django.contrib.auth.models import AnonymousUser
from django.utils.functional import Promise
from django.utils.safestring import SafeString

from backoffice.admin import display
from backoffice.held_roles import told_roles
from backoffice.models import User

register = template.Library()


@register.simple_tag
def pill(state: str, label: str | Promise) -> SafeString:
    """``{% pill case.state case.get_state_display %}``."""
    return display.pill(state, label)


@register.simple_tag
def countdown(due: datetime | None) -> SafeString:
    """``{% countdown case.due_at %}``."""
    return display.countdown(due)


@register.filter
def told_to(kept: str, reader: User | AnonymousUser) -> str:
    """``{{ entry.role|told_to:request.user }}``."""
    return told_roles(kept, reader)
