"""Which reject codes a dialog offers."""

from django.db.models import QuerySet

from refunds.forms.dialogs import DialogForm
from refunds.models import RejectCode


def offered_codes(form: DialogForm) -> QuerySet[RejectCode]:
    """The codes that the case's policy lists; in an empty dialog, those that its reader may use.

    What comes back is judged by the service, which says why a code is not this person's.
    """
    codes, listed = RejectCode.objects.filter(active=True), form.case.policy.reject_codes
    if listed:
        codes = codes.filter(code__in=listed)
    if form.reader is None or form.is_bound:
        return codes
    may = form.reader.has_perm("refunds.reject_for_abuse", form.case)
    return codes if may else codes.filter(supervisor_only=False)
