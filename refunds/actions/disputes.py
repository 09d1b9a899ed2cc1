"""Taking a refusal to the platform, and its verdict."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from refunds import disputes
from refunds import forms as dialogs
from refunds.actions.entry import Action

ACTIONS = [
    Action(
        "escalate",
        _("Escalate for the buyer"),
        _("Escalated"),
        _("The buyer takes the refusal to the platform, which decides."),
        gettext_noop("The buyer escalated the rejection."),
        disputes.escalate,
        transitions=("escalate",),
        permission="refunds.escalate_refundcase",
        form=dialogs.RequiredNoteForm,
        condition=disputes.within_window,
    ),
    Action(
        "uphold",
        _("Decide for the buyer"),
        _("Decided for the buyer"),
        _("The platform's verdict: the buyer gets what is approved here."),
        gettext_noop("The platform decided for the buyer."),
        disputes.uphold,
        transitions=("uphold",),
        permission="refunds.arbitrate",
        form=dialogs.VerdictForm,
        style="is-primary",
    ),
    Action(
        "dismiss",
        _("Decide for the merchant"),
        _("Decided for the merchant"),
        _("The platform's verdict: the rejection stands."),
        gettext_noop("The platform decided for the merchant."),
        disputes.dismiss,
        transitions=("dismiss",),
        permission="refunds.arbitrate",
        form=dialogs.RequiredNoteForm,
        style="is-danger",
    ),
]
