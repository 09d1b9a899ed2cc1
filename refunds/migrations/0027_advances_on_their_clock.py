"""Let the platform's clock run on advances that were asked for before there was one.

They kept the store's review: it reminded the store, which cannot decide, and ended in silence.
"""

from django.db import migrations
from django.db.models import Max
from django.utils import timezone

PEOPLE_ONLY = "Damages and advance compensation are decided by people only."


def upgrade(apps, schema_editor):
    cases = apps.get_model("refunds", "RefundCase").objects.filter(
        state="requested", clock="review", compensations__type="advance"
    )
    for case in cases.iterator():
        case.clock, case.channel_due_at = "advance", None
        if case.held_because == PEOPLE_ONLY:
            case.held_because = ""  # so that the timer tells the platform's people, once
        case.version += 1
        _write(apps, case, ["clock", "channel_due_at", "held_because", "version"])


def _write(apps, case, fields):
    """Save the fields and one version, signed by the installer."""
    case.save(update_fields=fields)
    versions = apps.get_model("refunds", "HistoricalRefundCase")
    installer, _ = apps.get_model("backoffice", "User").objects.get_or_create(
        username="installer", defaults={"is_system": True, "password": "!"}
    )
    last = versions.objects.filter(id=case.pk).aggregate(last=Max("history_number"))["last"] or 0
    versions.objects.create(
        **{field.attname: getattr(case, field.attname) for field in case._meta.concrete_fields},
        history_number=last + 1,
        history_date=timezone.now(),
        history_type="~",
        history_user_id=installer.pk,
        history_change_reason="Upgraded.",
        actor_name="installer",
        actor_role="",
        source="command",
        action="upgrade",
        request_id="",
    )


class Migration(migrations.Migration):
    dependencies = [("refunds", "0026_answers_that_need_a_person")]

    operations = [
        # Backwards nothing is lost: a review of an advance ends with a person, too.
        migrations.RunPython(upgrade, migrations.RunPython.noop),
    ]
