"""Forms of the set-up, as a person fills them in."""

from django.urls import reverse

USUAL = {"time_zone": "Asia/Shanghai", "daily_cap_count": 200, "daily_cap_amount": "20000"}
WHY = {"change_reason": "Asked by the merchant."}


def page(model: str, name: str, *args: object) -> str:
    return reverse(f"admin:merchants_{model}_{name}", args=args)


def errors(response: object) -> str:
    """Every sentence that the form says."""
    return " ".join(str(e) for es in response.context["adminform"].form.errors.values() for e in es)
