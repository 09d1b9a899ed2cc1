"""Complaints: what people do to one, and what the timer does when it is late."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from backoffice.actors import TIMER
from refunds import forms as dialogs
from refunds.actions.entry import Action
from refunds.complaints import escalating, failing, handling
from refunds.models import State

ANY_STATE = tuple(State.values)
HANDLE = "refunds.handle_complaint"
BY_TIMER = frozenset({TIMER})

ACTIONS = [
    Action(
        "complain",
        _("File a complaint"),
        _("Complaint filed"),
        _("The buyer complains about how this is handled. It has three deadlines of its own."),
        gettext_noop("The buyer complained."),
        handling.file,
        states=ANY_STATE,
        permission=HANDLE,
        form=dialogs.ComplaintForm,
        condition=handling.nothing_open,
    ),
    Action(
        "acknowledge_complaint",
        _("Acknowledge the complaint"),
        _("Complaint acknowledged"),
        _("The buyer was told that somebody looks into the complaint."),
        gettext_noop("The buyer was told that somebody looks into the complaint."),
        handling.acknowledge,
        states=ANY_STATE,
        permission=HANDLE,
        condition=handling.to_acknowledge,
        objection=handling.objection,
        style="is-primary",
    ),
    Action(
        "answer_complaint",
        _("Answer the complaint"),
        _("Complaint answered"),
        _("The buyer reads the answer in the thread."),
        gettext_noop("The complaint was answered."),
        handling.answer,
        states=ANY_STATE,
        permission=HANDLE,
        form=dialogs.ComplaintAnswerForm,
        condition=handling.to_answer,
        objection=handling.objection,
        style="is-primary",
    ),
    Action(
        "resolve_complaint",
        _("Resolve the complaint"),
        _("Complaint resolved"),
        _("Write down what came of the complaint. The buyer reads it in the thread."),
        gettext_noop("The complaint was resolved."),
        handling.resolve,
        states=ANY_STATE,
        permission=HANDLE,
        form=dialogs.ResolutionForm,
        condition=handling.to_resolve,
        objection=handling.objection,
        style="is-primary",
    ),
    Action(
        "await_buyer",
        _("Wait for the buyer"),
        pgettext_lazy("complaint", "Waits for the buyer"),
        _(
            "The buyer was asked something: the complaint's deadlines wait, as long as the policy allows."
        ),
        gettext_noop("The complaint waits for the buyer."),
        handling.wait,
        states=ANY_STATE,
        permission=HANDLE,
        form=dialogs.AwaitBuyerForm,
        condition=handling.may_wait,
        objection=handling.objection,
    ),
    Action(
        "buyer_answered",
        _("The buyer has answered"),
        _("The buyer has answered"),
        _("The complaint's deadlines run on with the time that was left."),
        gettext_noop("The buyer has answered, so the complaint's deadlines run on."),
        handling.go_on,
        states=ANY_STATE,
        permission=HANDLE,
        condition=handling.waits,
    ),
    Action(
        "withdraw_complaint",
        _("Withdraw the complaint"),
        _("Complaint withdrawn"),
        _("The buyer no longer complains."),
        gettext_noop("The buyer no longer complains."),
        handling.withdraw,
        states=ANY_STATE,
        permission=HANDLE,
        form=dialogs.RequiredNoteForm,
        condition=handling.is_open,
    ),
    Action(
        "escalate_complaint",
        _("Complaint escalated"),
        _("Complaint escalated"),
        _("A deadline of the complaint was missed: it goes to the supervisors."),
        gettext_noop("A deadline of the complaint was missed, so it went to the supervisors."),
        escalating.escalate,
        states=ANY_STATE,
        systems=BY_TIMER,
        condition=escalating.may_escalate,
        by_hand=False,
    ),
    Action(
        "complaint_goes_on",
        _("Complaint goes on"),
        _("Complaint goes on"),
        _("The complaint has waited for the buyer for as long as it may."),
        gettext_noop(
            "The complaint has waited for the buyer for as long as it may, so it goes on."
        ),
        handling.go_on,
        states=ANY_STATE,
        systems=BY_TIMER,
        condition=escalating.pause_is_over,
        by_hand=False,
    ),
    Action(
        "count_complaint_failure",
        _("The timer failed at the complaint"),
        _("The timer failed at the complaint"),
        _("The timer could not act on the complaint. After three attempts it leaves it to people."),
        gettext_noop("The timer could not act on this complaint."),
        failing.count_failure,
        states=ANY_STATE,
        systems=BY_TIMER,
        condition=failing.timer_tries,
        by_hand=False,
    ),
]
