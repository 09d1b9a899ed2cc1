"""``{% load desk %}``: pills, countdowns and panels."""

from datetime import datetime
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString

from backoffice.admin import display
from backoffice.admin.home import Panel

register = template.Library()


@register.simple_tag
def pill(state: str, label: str | Promise) -> SafeString:
    """``{% pill case.state case.get_state_display %}``."""
    return display.pill(state, label)


@register.simple_tag
def countdown(due: datetime | None) -> SafeString:
    """``{% countdown case.due_at %}``."""
    return display.countdown(due)


@register.simple_tag(takes_context=True)
def panel(context: template.Context, box: Panel) -> SafeString:
    """A panel of the home page, with its own context."""
    return render_to_string(box.template, box.context, request=context.get("request"))
