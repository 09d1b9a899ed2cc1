"""Choosing a reason: only those that are for the kind of the case."""

from typing import Any

from django import forms


class ReasonSelect(forms.Select):
    """Says of each reason which kinds it is for, so that the page's list can follow the kind."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The option, with the kinds of its reason; none where it is for all."""
        option = super().create_option(name, value, *args, **kwargs)
        reason = getattr(value, "instance", None)
        if reason is not None and reason.kinds:
            option["attrs"]["data-kinds"] = " ".join(reason.kinds)
        return option
