"""Sharing the work among colleagues, merging duplicates, and taking up again what had ended."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from refunds import forms as dialogs
from refunds.actions.entry import Action
from refunds.desk import claiming, merging, reopening

ACTIONS = [
    Action(
        "claim",
        _("Claim"),
        _("Claimed"),
        _("You work on this case; colleagues see it."),
        gettext_noop("Somebody took the case to work on it."),
        claiming.claim,
        states=claiming.OPEN,
        permission="refunds.claim_refundcase",
        form=dialogs.DialogForm,
        condition=claiming.is_free,
        at_once=True,
        key="c",
    ),
    Action(
        "release",
        _("Give back"),
        _("Given back"),
        _("Nobody works on this case any more; a colleague may claim it."),
        gettext_noop("The case was given back for a colleague to take."),
        claiming.release,
        states=claiming.OPEN,
        permission="refunds.claim_refundcase",
        form=dialogs.DialogForm,
        condition=claiming.is_taken,
        objection=claiming.may_not_release,
        at_once=True,
        key="g",
    ),
    Action(
        "assign",
        _("Assign"),
        _("Assigned"),
        _("Give the case to a colleague who may decide it. They are told."),
        gettext_noop("The case was given to a colleague."),
        claiming.assign,
        states=claiming.OPEN,
        permission="refunds.assign_refundcase",
        form=dialogs.AssignForm,
        condition=claiming.is_open,
    ),
    Action(
        "merge",
        _("Merge into another case"),
        _("Merged"),
        _(
            "This request is a duplicate: it ends, and its evidence and messages are shown on the "
            "case that goes on."
        ),
        gettext_noop("The case was a duplicate, and another one goes on in its place."),
        merging.merge,
        transitions=("withdraw",),
        permission="refunds.merge_refundcase",
        form=dialogs.MergeForm,
        condition=merging.has_candidates,
    ),
    Action(
        "reopen",
        _("Reopen"),
        _("Reopened"),
        _("The buyer asks again: the case goes back to its review, and a new clock runs."),
        gettext_noop("The buyer asked again within the time for after-sale requests."),
        reopening.reopen,
        transitions=("reopen",),
        permission="refunds.merge_refundcase",
        form=dialogs.ReopenForm,
        condition=reopening.may_reopen,
    ),
]
