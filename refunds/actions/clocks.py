"""Pauses, extensions and offers: what people do to a clock, and what the timer does in their place."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from backoffice.actors import TIMER
from refunds import forms as dialogs
from refunds.actions.entry import Action
from refunds.clocks import closing, offers, pausing
from refunds.models import State

RUN_CLOCK, MAKE_OFFER = "refunds.run_clock", "refunds.make_offer"
WAITING = (State.REQUESTED, State.AWAITING_RETURN, State.INSPECTING)
BY_TIMER = frozenset({TIMER})

ACTIONS = [
    Action(
        "pause",
        _("Pause the clock"),
        pgettext_lazy("action", "Paused"),
        _("The deadline waits, for a cause that the policy allows and no longer than it allows."),
        gettext_noop("The clock stands still."),
        pausing.pause,
        states=WAITING,
        permission=RUN_CLOCK,
        form=dialogs.PauseForm,
        condition=pausing.may_pause,
    ),
    Action(
        "resume",
        _("Let the clock go on"),
        _("Clock goes on"),
        _("What the pause was for is settled: the deadline runs on with the time that was left."),
        gettext_noop("What the clock waited for is settled."),
        pausing.resume,
        states=WAITING,
        permission=RUN_CLOCK,
        condition=pausing.can_resume,
    ),
    Action(
        "extend",
        _("Extend the deadline"),
        _("Deadline extended"),
        _("The store gets more working time, with a reason. The channel's deadline stays."),
        gettext_noop("The store needs more time."),
        pausing.extend,
        states=WAITING,
        permission=RUN_CLOCK,
        form=dialogs.ExtendForm,
        condition=pausing.may_extend,
    ),
    Action(
        "offer",
        _("Make an offer"),
        _("Offer made"),
        _(
            "The buyer may accept this amount in place of what they asked for – and keep the goods. "
            "The review waits for the answer."
        ),
        gettext_noop("The store made the buyer an offer."),
        offers.offer,
        states=(State.REQUESTED,),
        permission=MAKE_OFFER,
        form=dialogs.OfferForm,
        condition=offers.may_offer,
    ),
    Action(
        "accept_offer",
        _("Offer accepted"),
        _("Offer accepted"),
        _("The buyer accepts: what was offered is approved, and its money queued."),
        gettext_noop("The buyer accepted the offer."),
        offers.accept,
        states=(State.REQUESTED,),
        permission=MAKE_OFFER,
        condition=offers.may_accept,
        style="is-primary",
    ),
    Action(
        "decline_offer",
        _("Offer declined"),
        _("Offer declined"),
        _("The buyer declines: the review goes on with the time that was left."),
        gettext_noop("The buyer declined the offer."),
        offers.decline,
        states=(State.REQUESTED,),
        permission=MAKE_OFFER,
        condition=offers.waits,
    ),
    Action(
        "auto_resume",
        _("Clock goes on"),
        _("Clock goes on"),
        _("The clock has stood still for as long as it may."),
        gettext_noop("The clock stood still for as long as it may, so it goes on."),
        pausing.resume,
        states=WAITING,
        systems=BY_TIMER,
        condition=pausing.pause_is_over,
        by_hand=False,
    ),
    Action(
        "lapse_offer",
        _("Offer lapsed"),
        _("Offer lapsed"),
        _("The buyer did not answer the offer in time: the review goes on."),
        gettext_noop("The buyer did not answer the offer in time, so the review goes on."),
        offers.lapse,
        states=(State.REQUESTED,),
        systems=BY_TIMER,
        condition=offers.ran_out,
        by_hand=False,
    ),
    Action(
        "close",
        _("Closed"),
        _("Closed"),
        _("The buyer did not escalate the rejection in time: it is final."),
        gettext_noop("The buyer did not escalate the rejection in time, so it is final."),
        closing.close,
        states=(State.REJECTED,),
        systems=BY_TIMER,
        condition=closing.may_close,
        by_hand=False,
    ),
    Action(
        "let_stand",
        _("Verdict is final"),
        _("Verdict is final"),
        _("Nobody appealed the verdict in time: it is final."),
        gettext_noop("Nobody appealed the verdict in time, so it is final."),
        closing.let_stand,
        states=(State.REVIEWED, State.REFUNDED, State.COMPENSATED),
        systems=BY_TIMER,
        condition=closing.may_let_stand,
        by_hand=False,
    ),
]
