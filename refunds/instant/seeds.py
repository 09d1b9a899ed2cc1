"""The rules that the product ships with: data, which people may end and replace."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_noop

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from refunds.models import InstantRule, Kind, Risk, Stage

SHIPPED = gettext_noop("Shipped with the product.")
SINCE = datetime(2000, 1, 1, tzinfo=UTC)
LOW_VALUE: dict[str, Any] = {
    "kind": Kind.REFUND_ONLY,
    "most_amount": Decimal(30),
    "photo_needed": True,
    "most_cases": 2,
    "highest_risk": Risk.MEDIUM,
}
RULES: list[dict[str, Any]] = [
    {
        "name": "Low value, received",
        "name_zh": "低价商品极速退款（已收货）",
        "stage": Stage.RECEIVED,
        **LOW_VALUE,
    },
    {
        "name": "Low value, on the way",
        "name_zh": "低价商品极速退款（运输中）",
        "stage": Stage.SHIPPED,
        **LOW_VALUE,
    },
    {
        "name": "Not picked yet",
        "name_zh": "未拣货极速退款",
        "kind": Kind.REFUND_ONLY,
        "stage": Stage.NOT_SHIPPED,
        "not_picked": True,
        "photo_needed": False,
        "highest_risk": Risk.MEDIUM,
    },
]


def install_rules() -> None:
    """Add the shipped rules where there is none; what people changed stays as it is."""
    if not InstantRule.objects.exists():
        with recorded(system(INSTALLER), SHIPPED, "install"):
            for values in RULES:
                InstantRule.objects.create(**values, valid_from=SINCE)
