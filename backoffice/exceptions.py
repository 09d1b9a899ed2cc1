"""What can go wrong, in whole sentences that a person may read."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class BackofficeError(Exception):
    """Base of every refusal. ``message`` is a translatable whole sentence, safe to show."""

    message: str | Promise = _("This could not be done.")
    status = 400

    def __init__(self, message: str | Promise | None = None) -> None:
        self.message = message or type(self).message
        super().__init__(self.message)

    def __str__(self) -> str:
        return str(self.message)


class NotAllowed(BackofficeError):
    """The actor's roles do not cover this action in this store."""

    message = _("Your role does not allow this in this store.")
    status = 403


class NotFound(BackofficeError):
    """No such row, or none that the actor may see: the two look the same."""

    message = _("There is no such record, or it belongs to a store that is not yours.")
    status = 404


class WrongState(BackofficeError):
    """The row is in a state from which the action does not start."""

    message = _("This is no longer possible in the current state.")
    status = 409


class StaleVersion(BackofficeError):
    """Somebody changed the row after the page was loaded."""

    message = _("Somebody else changed this in the meantime. Look at it again before you decide.")
    status = 409


class BadInput(BackofficeError):
    """The data given cannot be used as it is."""
