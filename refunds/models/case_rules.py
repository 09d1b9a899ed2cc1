"""What may be done with refund cases, and what the database holds them to."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

PERMISSIONS: list[tuple[str, Any]] = [
    ("open_refundcase", _("Can open refund cases")),
    ("approve_refundcase", _("Can approve refund cases")),
    ("approve_many", _("Can approve many refund cases at once")),
    ("reject_refundcase", _("Can reject refund cases")),
    ("reject_for_abuse", _("Can use the reject codes of supervisors")),
    ("handle_return", _("Can receive and inspect returns")),
    ("escalate_refundcase", _("Can escalate for a buyer")),
    ("arbitrate", _("Can arbitrate disputes")),
    ("withdraw_refundcase", _("Can withdraw for a buyer")),
    ("give_compensation", _("Can give compensation")),
    ("attach_evidence", _("Can attach evidence")),
    ("second_approve", _("Can give the second approval")),
    ("run_clock", _("Can pause, resume and extend clocks")),
    ("make_offer", _("Can make offers to buyers")),
    ("assign_refundcase", _("Can assign cases to others")),
    ("claim_refundcase", _("Can claim cases")),
    ("write_message", _("Can write to the buyer and the platform")),
    ("write_note", _("Can write internal notes")),
    ("appeal_verdict", _("Can appeal verdicts")),
    ("merge_refundcase", _("Can merge duplicates and reopen cases")),
    ("give_statutory", _("Can give statutory damages")),
    ("export_refundcase", _("Can export refund cases")),
]
CONSTRAINTS = [
    models.UniqueConstraint(
        "store",
        "external_number",
        condition=~Q(external_number=""),
        name="case_channel_number_once_per_store",
    ),
    models.CheckConstraint(name="case_requested_positive", condition=Q(amount_requested__gt=0)),
    models.CheckConstraint(
        name="case_approved_within_requested",
        condition=Q(amount_approved=None)
        | Q(amount_approved__gt=0, amount_approved__lte=models.F("amount_requested")),
    ),
    models.CheckConstraint(
        name="case_approved_once_reviewed",
        condition=~Q(state__in=("reviewed", "refunded", "compensated"))
        | Q(amount_approved__isnull=False),
    ),
    models.CheckConstraint(
        name="case_clock_runs_while_waiting",
        condition=~Q(state__in=("requested", "awaiting_return", "inspecting"))
        | Q(due_at__isnull=False),
    ),
    models.CheckConstraint(
        name="case_clock_has_its_name",
        condition=Q(due_at=None) | ~Q(clock=""),
    ),
    models.CheckConstraint(
        name="case_merged_is_withdrawn",
        condition=Q(merged_into=None) | Q(state="withdrawn"),
    ),
    models.CheckConstraint(
        name="case_first_approval_has_its_amount",
        condition=Q(first_approver=None, first_amount=None)
        | Q(first_approver__isnull=False, first_amount__isnull=False),
    ),
    models.CheckConstraint(
        name="case_second_approver_is_another",
        condition=Q(second_approver=None)
        | Q(first_approver__isnull=False) & ~Q(second_approver=models.F("first_approver")),
    ),
    models.CheckConstraint(
        name="case_approved_as_both_said",
        condition=Q(second_approver=None) | Q(amount_approved=models.F("first_amount")),
    ),
    models.CheckConstraint(
        name="case_rejected_with_code",
        condition=~Q(state="rejected") | Q(reject_code__isnull=False),
    ),
]
