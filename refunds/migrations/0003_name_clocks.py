"""Name the clocks that run already, end the policies that were replaced, and say who pays freight.

Each changed row gets its version, as any change does.
"""

from django.db import migrations
from django.utils import timezone

CLOCKS = {
    "requested": "review",
    "awaiting_return": "ship_back",
    "inspecting": "inspect",
    "rejected": "escalate",
}
SCOPE = ("store_id", "channel", "kind", "reason_id", "category", "stage")


def upgrade(apps, schema_editor):
    _name_clocks(apps)
    _end_replaced_policies(apps)
    _say_who_pays_freight(apps)


def _name_clocks(apps):
    cases = apps.get_model("refunds", "RefundCase").objects.filter(due_at__isnull=False)
    for case in cases.iterator():
        case.clock, case.clock_started_at = CLOCKS.get(case.state, "review"), case.requested_at
        _write(apps, case, ["clock", "clock_started_at"])


def _end_replaced_policies(apps):
    versions = {}
    for policy in apps.get_model("refunds", "RefundPolicy").objects.order_by("valid_from", "pk"):
        versions.setdefault(tuple(getattr(policy, name) for name in SCOPE), []).append(policy)
    for scope in versions.values():
        for number, (policy, following) in enumerate(zip(scope, [*scope[1:], None]), 1):
            if following or number > 1:
                policy.version = number
                policy.valid_until = following and following.valid_from
                _write(apps, policy, ["version", "valid_until"])


def _say_who_pays_freight(apps):
    for reason in apps.get_model("refunds", "Reason").objects.exclude(liable="buyer"):
        reason.freight_payer = {"carrier": "carrier", "supplier": "store"}.get(reason.liable, "store")
        _write(apps, reason, ["freight_payer"])


def _write(apps, row, fields):
    """Save the fields and one version, signed by the installer."""
    row.save(update_fields=fields)
    versions = apps.get_model("refunds", f"Historical{row._meta.object_name}")
    installer, _ = apps.get_model("backoffice", "User").objects.get_or_create(
        username="installer", defaults={"is_system": True, "password": "!"}
    )
    versions.objects.create(
        **{field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields},
        history_date=timezone.now(),
        history_type="~",
        history_user_id=installer.pk,
        history_change_reason="Upgraded.",
        actor_name="installer",
        source="command",
        action="upgrade",
        request_id="",
    )


class Migration(migrations.Migration):

    dependencies = [
        ("refunds", "0002_full_depth"),
        ("backoffice", "0001_initial"),
    ]

    operations = [
        # Backwards the columns themselves go, and with them what was written here.
        migrations.RunPython(upgrade, migrations.RunPython.noop),
    ]
