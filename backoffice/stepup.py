"""“Is it you?”: what weighs more than a click asks for a password or a one-time code again.

A proof is for one request and is kept nowhere. Who has a one-time code set up gives that, and the
password alone is not enough any more. Wrong answers are counted, whichever page asks.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from backoffice import clock
from backoffice.exceptions import BackofficeError
from backoffice.models import StepUpTries, User

MOST = 5  # wrong answers in a row
PAUSE = timedelta(minutes=15)
FRESH = timedelta(minutes=1)  # longer than any request takes
PASSWORD, CODE = "password", "code"


class WrongProof(BackofficeError):
    """Not the password, or not the code."""

    message = _("That is not right, so nothing was done. Try again.")
    status = 403


class TooManyTries(BackofficeError):
    """Too many wrong answers in a row."""

    message = _("Too many wrong answers. Wait 15 minutes, then try again.")
    status = 429


@dataclass(frozen=True)
class Proof:
    """That ``user_id`` has just shown to be the one who signed in, and by what."""

    user_id: int
    how: str
    at: datetime = field(default_factory=clock.now)

    def holds_for(self, user: User) -> bool:
        """Whether it is this person's, and of this moment."""
        return self.user_id == user.pk and clock.now() - self.at < FRESH


def device_of(user: User) -> TOTPDevice | None:
    """The person's one-time code, if it is set up."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).first()


def prove(user: User, secret: str) -> Proof:
    """Check the one-time code, or the password where there is none; raises ``WrongProof``.

    Not to be called inside a transaction: a refusal must not take back that it was counted. Raises
    ``TooManyTries``, and then says nothing about the answer.
    """
    with transaction.atomic():
        tries, _new = StepUpTries.objects.select_for_update().get_or_create(user=user)
        if tries.failures >= MOST and tries.last_at and clock.now() - tries.last_at < PAUSE:
            raise TooManyTries
        device = device_of(user)
        right = device.verify_token(secret) if device else user.check_password(secret)
        tries.failures = 0 if right else tries.failures % MOST + 1
        tries.last_at = clock.now()
        tries.save()
    if not right:
        raise WrongProof
    return Proof(user.pk, CODE if device else PASSWORD)


def begin(user: User) -> TOTPDevice:
    """A new secret for a one-time code, which counts once it is confirmed."""
    TOTPDevice.objects.filter(user=user, confirmed=False).delete()
    return TOTPDevice.objects.create(user=user, name="totp", confirmed=False)


def confirm(user: User, code: str) -> bool:
    """Whether ``code`` shows that the person's telephone knows the secret; from then on it counts."""
    waiting = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    if waiting is None or not waiting.verify_token(code):
        return False
    TOTPDevice.objects.filter(user=user, confirmed=True).delete()
    waiting.confirmed = True
    waiting.save()
    return True


def forget(user: User) -> bool:
    """Take the one-time code away: the password proves the person again. Whether there was one."""
    found, _rows = TOTPDevice.objects.filter(user=user).delete()
    return bool(found)


def same_person(one: User, other: User) -> bool:
    """Whether two accounts are one person's."""
    return one.person == other.person
