"""Secrets held against their marks: what the owner of the database changed while the guards were away."""

from collections.abc import Iterator

from django_otp.plugins.otp_totp.models import TOTPDevice

from backoffice.accounts.marks import mark_of
from backoffice.models import User
from backoffice.stepup import mark_of_device


def broken_marks() -> Iterator[tuple[str, int, str]]:
    """Accounts whose password or one-time codes are not those that their last version speaks of."""
    devices = TOTPDevice.objects.filter(confirmed=True).order_by("pk")
    codes = {device.user_id: mark_of_device(device) for device in devices}
    rows = User.objects.order_by("pk").values_list("pk", "password", "password_mark", "codes_mark")
    for key, password, marked, codes_marked in rows.iterator():
        if mark_of(password) != marked:
            yield User._meta.label, key, "password"
        if codes.get(key, "") != codes_marked:
            yield User._meta.label, key, "one-time codes"
