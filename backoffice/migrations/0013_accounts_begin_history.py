"""Accounts that are there already get their marks, and the version that their history begins with."""

from typing import Any
from uuid import uuid4

from django.db import migrations, models
from django.utils import timezone
from django.utils.translation import gettext_noop

from backoffice.accounts.marks import mark_of

REASON = gettext_noop("The account is older than the history of accounts.")
ROLES = "staff supervisor manager legal finance checker auditor platform".split()
COLUMNS = (
    "id is_superuser username first_name last_name email is_staff is_active date_joined is_system person "
    "password_mark codes_mark"
).split()


def begin(apps: Any, schema_editor: Any) -> None:
    """Mark every secret; the installer signs, who is there by now or never was needed."""
    users, devices = apps.get_model("backoffice", "User"), apps.get_model("otp_totp", "TOTPDevice")
    if not users.objects.exists():
        return
    installer, _new = users.objects.get_or_create(
        username="installer", defaults={"is_system": True, "password": "!"}
    )
    confirmed = {device.user_id: device for device in devices.objects.filter(confirmed=True)}
    rows = models.QuerySet(users)  # it may write in sets, whatever the model's own manager may
    for user in rows.all():
        device = confirmed.get(user.pk)
        codes = f"{device.pk}:{mark_of(device.key)}" if device else ""
        rows.filter(pk=user.pk).update(password_mark=mark_of(user.password), codes_mark=codes)
    kept = [device.pk for device in confirmed.values()]
    devices.objects.filter(confirmed=True).exclude(pk__in=kept).delete()
    _write_versions(apps, installer)


def _write_versions(apps: Any, installer: Any) -> None:
    users, versions = (apps.get_model("backoffice", name) for name in ("User", "HistoricalUser"))
    signed = {
        "history_number": 1,
        "history_type": "+",
        "history_date": timezone.now(),
        "history_user_id": installer.pk,
        "history_change_reason": REASON,
        "actor_name": installer.username,
        "source": "command",
        "request_id": uuid4().hex,
    }
    rows = users.objects.order_by("pk").values(*COLUMNS)
    versions.objects.bulk_create([versions(**row, **signed) for row in rows], batch_size=500)


def drop_groups(apps: Any, schema_editor: Any) -> None:
    """Roles were written down as groups, which nothing asked; now they are rows with a history."""
    apps.get_model("auth", "Group").objects.filter(name__in=ROLES).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("backoffice", "0012_audited_accounts"),
        ("otp_totp", "0001_initial"),
    ]

    operations = [
        # Backwards the tables of versions go: there is nothing to take back.
        migrations.RunPython(begin, migrations.RunPython.noop),
        migrations.RunPython(drop_groups, migrations.RunPython.noop),
    ]
