"""Taking a refusal to the platform, its verdict, and the merchant's appeal."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from refunds import forms as dialogs
from refunds.actions.entry import Action
from refunds.disputes import appeals, escalation, verdicts
from refunds.models import State

ACTIONS = [
    Action(
        "escalate",
        _("Escalate for the buyer"),
        _("Escalated"),
        _("The buyer takes the refusal to the platform, which decides."),
        gettext_noop("The buyer escalated the rejection."),
        escalation.escalate,
        transitions=("escalate",),
        permission="refunds.escalate_refundcase",
        form=dialogs.ClaimForm,
        condition=escalation.within_window,
        personal=True,
    ),
    Action(
        "uphold",
        _("Decide for the buyer"),
        _("Decided for the buyer"),
        _("The platform's verdict: the buyer gets what is approved here. The merchant may appeal."),
        gettext_noop("The platform decided for the buyer."),
        verdicts.uphold,
        transitions=("uphold",),
        permission="refunds.arbitrate",
        form=dialogs.UpholdForm,
        style="is-primary",
    ),
    Action(
        "dismiss",
        _("Decide for the merchant"),
        _("Decided for the merchant"),
        _("The platform's verdict: the rejection stands, for good."),
        gettext_noop("The platform decided for the merchant."),
        verdicts.dismiss,
        transitions=("dismiss",),
        permission="refunds.arbitrate",
        form=dialogs.DismissForm,
        style="is-danger",
    ),
    Action(
        "appeal",
        _("Appeal the verdict"),
        _("Appealed"),
        _(
            "The platform looks at its verdict again. A payout that is in no batch yet is held back "
            "until then."
        ),
        gettext_noop("The merchant appealed the verdict."),
        appeals.appeal,
        states=(State.REVIEWED, State.REFUNDED, State.COMPENSATED),
        permission="refunds.appeal_verdict",
        form=dialogs.AppealForm,
        condition=appeals.may_appeal,
    ),
    Action(
        "decide_appeal",
        _("Decide the appeal"),
        _("Appeal decided"),
        _(
            "The verdict stands, or it is overturned: then the case is rejected, or – when money has "
            "moved – the platform bears it."
        ),
        gettext_noop("The platform decided the appeal."),
        appeals.decide_appeal,
        transitions=("overturn",),
        states=(State.REVIEWED, State.REFUNDED, State.COMPENSATED),
        permission="refunds.arbitrate",
        form=dialogs.AppealVerdictForm,
        condition=appeals.appeal_waits,
        objection=appeals.judged_by,
        style="is-primary",
    ),
]
