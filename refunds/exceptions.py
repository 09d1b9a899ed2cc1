"""What a refund case can be refused for, in whole sentences."""

from django.utils.translation import gettext_lazy as _

from backoffice.exceptions import BackofficeError


class RefundExceedsBalance(BackofficeError):
    """More was asked than is left of what the buyer paid, for a line, the freight or the order."""


class EvidenceMissing(BackofficeError):
    """The reason or the reject code demands evidence that nobody has attached."""

    message = _("This needs evidence. Attach a photo, a scan or a document to the case first.")


class HeldForPerson(BackofficeError):
    """A rail stopped the timer: the case goes to a person, with the reason shown."""


class NoPolicy(BackofficeError):
    """No refund policy is in force for this kind of case."""

    message = _("No refund policy is in force for this kind of case. Ask the platform to add one.")


class CodeNotAllowed(BackofficeError):
    """The reject code is none of those that the case's policy lists."""

    message = _("The policy of this case does not allow this reject code. Choose another one.")
