"""“Is it you?”: what weighs more than a click asks for a password or a one-time code again.

A proof is for one request and is kept nowhere. Who has a one-time code set up gives that, and the
password alone is not enough any more. Wrong answers are counted, whichever page asks.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from django_otp.plugins.otp_totp.models import TOTPDevice

from backoffice import clock
from backoffice.accounts.marks import mark_of
from backoffice.actors import person
from backoffice.audit.recording import recorded
from backoffice.exceptions import BackofficeError
from backoffice.models import StepUpTries, User

MOST = 5  # wrong answers in a row
PAUSE = timedelta(minutes=15)
FRESH = timedelta(minutes=1)  # longer than any request takes
PASSWORD, CODE = "password", "code"
SET_UP_CODES, REMOVE_CODES = "set_up_codes", "remove_codes"
SET_UP = gettext_noop("Set up one-time codes.")
REMOVED = gettext_noop("Removed one-time codes.")


class WrongProof(BackofficeError):
    """Not the password, or not the code."""

    message = _("The password is not right, so nothing was done. Try again.")
    status = 403


class WrongCode(WrongProof):
    """Not the code, which counts where there is one."""

    message = _("The one-time code is not right, so nothing was done. Try the next one.")


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
        raise WrongCode if device else WrongProof
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
    with recorded(person(user), SET_UP, SET_UP_CODES):
        account = User.objects.select_for_update().get(pk=user.pk)
        account.codes_mark = mark_of_device(waiting)
        account.save()
        TOTPDevice.objects.filter(user=user, confirmed=True).delete()
        waiting.confirmed = True
        waiting.save()
    return True


def mark_of_device(device: TOTPDevice) -> str:
    """What an account names its device by: which one it is, and the mark of its secret."""
    return f"{device.pk}:{mark_of(device.key)}"


def remove(user: User) -> None:
    """Take the person's own one-time code away: the password proves them again."""
    with recorded(person(user), REMOVED, REMOVE_CODES):
        account = User.objects.select_for_update().get(pk=user.pk)
        account.codes_mark = ""
        account.save()
        forget(account)


def forget(account: User) -> None:
    """Delete what an account had that is saved without a one-time code, in the same transaction."""
    TOTPDevice.objects.filter(user=account).delete()


def same_person(one: User, other: User) -> bool:
    """Whether two accounts are one person's."""
    return one.person == other.person
