"""Compensation: who decides what the store's desk may not, the second approval, and giving."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from backoffice.actors import GATEWAY, IMPORTER, RULES, TIMER
from refunds import forms as dialogs
from refunds import settlement
from refunds.actions.entry import Action
from refunds.clocks import pausing
from refunds.compensating import advancing, kinds
from refunds.deciding import decisions, four_eyes, second_approval
from refunds.models import State

DECIDING = [
    Action(
        "second_approve",
        _("Give the second approval"),
        _("Approved by a second person"),
        _("Somebody has approved this, and it takes two. You approve the same amount."),
        gettext_noop("A second person approved what the first one did."),
        second_approval.confirm,
        transitions=("approve", "accept_return", "uphold"),
        permission=four_eyes.SECOND,
        condition=four_eyes.waits,
        objection=four_eyes.objection,
        style="is-primary",
    ),
    Action(
        "award_damages",
        _("Approve the damages"),
        _("Damages approved"),
        _("The buyer gets what the law fixes. The money is queued for payout."),
        gettext_noop("Legal counsel approved the damages."),
        decisions.approve,
        transitions=("approve",),
        permission=four_eyes.COUNSEL,
        form=dialogs.RequiredNoteForm,
        condition=kinds.counsel_decides,
        style="is-primary",
    ),
    Action(
        "pay_in_advance",
        _("Pay in advance"),
        _("Paid in advance by the platform"),
        _("The platform pays the buyer now, and recovers it from the merchant's deposit."),
        gettext_noop("The platform pays in advance."),
        decisions.approve,
        transitions=("approve",),
        permission=four_eyes.PLATFORM,
        form=dialogs.ApproveForm,
        condition=kinds.platform_decides,
        style="is-primary",
    ),
    Action(
        "refuse_advance",
        _("Refuse to pay in advance"),
        _("Advance refused"),
        _("The platform does not pay in advance. The buyer may still ask the store for a refund."),
        gettext_noop("The platform refused to pay in advance."),
        decisions.reject,
        transitions=("reject",),
        permission=four_eyes.PLATFORM,
        form=dialogs.RejectForm,
        condition=kinds.platform_decides,
        style="is-danger",
    ),
    Action(
        "appraise",
        _("Wait for an appraisal"),
        _("Waits for an appraisal"),
        _(
            "Somebody appraises the goods: the platform's deadline waits, as long as the policy allows."
        ),
        gettext_noop("The goods are being appraised."),
        advancing.appraise,
        states=(State.REQUESTED,),
        permission=four_eyes.PLATFORM,
        form=dialogs.AppraisalForm,
        condition=advancing.may_appraise,
    ),
    Action(
        "appraised",
        _("The appraisal is here"),
        _("Appraised"),
        _("The platform's deadline runs on with the time that was left."),
        gettext_noop("The appraisal is here."),
        pausing.resume,
        states=(State.REQUESTED,),
        permission=four_eyes.PLATFORM,
        condition=advancing.is_appraised,
    ),
    Action(
        "escalate_advance",
        _("Advance escalated"),
        _("Advance escalated"),
        _(
            "The platform has not decided about the advance in time: its people and the supervisors are told."
        ),
        gettext_noop(
            "The platform did not decide about the advance in time. Nobody is paid by that."
        ),
        advancing.escalate,
        states=(State.REQUESTED,),
        systems=frozenset({TIMER}),
        condition=advancing.is_late,
        by_hand=False,
    ),
]
ACTIONS = [
    *DECIDING,
    Action(
        "give",
        _("Record the compensation"),
        _("Compensation given"),
        _("Write down what the buyer was given; it settles the case."),
        gettext_noop("The compensation was given."),
        settlement.give,
        transitions=("compensate",),
        permission="refunds.give_compensation",
        form=dialogs.CompensationForm,
        condition=settlement.settles_without_money,
        style="is-primary",
    ),
    Action(
        "refund",
        _("Refunded"),
        _("Refunded"),
        _("The bank settled the payout."),
        gettext_noop("The bank settled the payout."),
        settlement.refund,
        transitions=("refund",),
        permission="refunds.import_results",
        systems=frozenset({IMPORTER, GATEWAY, RULES}),
        condition=settlement.payout_settled,
        by_hand=False,
    ),
    Action(
        "bounce",
        _("The money came back"),
        _("The money came back"),
        _("The bank returned the payout: finance queues a new one, to a destination that works."),
        gettext_noop("The bank returned the money, so the case waits for a new payout."),
        settlement.bounce,
        transitions=("bounce",),
        permission="refunds.import_results",
        systems=frozenset({IMPORTER, GATEWAY}),
        condition=settlement.money_came_back,
        by_hand=False,
    ),
]
