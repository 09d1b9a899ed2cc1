"""``{% load desk %}``: pills and countdowns."""

from datetime import datetime

from django import template
from django.utils.functional import Promise
from django.utils.safestring import SafeString

from backoffice.admin import display

register = template.Library()


@register.simple_tag
def pill(state: str, label: str | Promise) -> SafeString:
    """``{% pill case.state case.get_state_display %}``."""
    return display.pill(state, label)


@register.simple_tag
def countdown(due: datetime | None) -> SafeString:
    """``{% countdown case.due_at %}``."""
    return display.countdown(due)
