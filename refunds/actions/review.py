"""Deciding what was requested."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from refunds import forms as dialogs
from refunds.actions.entry import Action
from refunds.compensating import kinds
from refunds.deciding import decisions

ACTIONS = [
    Action(
        "approve",
        _("Approve"),
        _("Approved"),
        _(
            "The buyer gets what is approved: money is queued for payout, a return may be sent back."
        ),
        gettext_noop("Approved after review."),
        decisions.approve,
        transitions=("approve", "approve_return"),
        permission="refunds.approve_refundcase",
        form=dialogs.ApproveForm,
        condition=kinds.store_decides,
        style="is-primary",
        key="a",
    ),
    Action(
        "reject",
        _("Reject"),
        _("Rejected"),
        _("The buyer gets nothing, with a reason. They may escalate to the platform."),
        gettext_noop("Rejected after review."),
        decisions.reject,
        transitions=("reject",),
        permission="refunds.reject_refundcase",
        form=dialogs.RejectForm,
        condition=kinds.not_the_platforms,
        style="is-danger",
        key="r",
    ),
    Action(
        "withdraw",
        _("Withdraw for the buyer"),
        _("Withdrawn"),
        _("The buyer no longer asks. The case ends."),
        gettext_noop("The buyer withdrew the request."),
        decisions.withdraw,
        transitions=("withdraw",),
        permission="refunds.withdraw_refundcase",
    ),
]
