"""Amounts in forms: a number alone does not say of which money it is."""

from django import forms
from django.utils.text import format_lazy


def name_currency(form: forms.Form, currency: str) -> None:
    """Write the currency behind the label of each amount: “Amount to approve (CNY)”."""
    for field in form.fields.values():
        if isinstance(field, forms.DecimalField):
            field.label = format_lazy("{} ({})", field.label, currency)
