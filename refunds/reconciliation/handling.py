"""What people do with a difference: give it to somebody, explain it, agree – or not.

Who signs is another person than who explained it, and than everybody who loaded a report of its day.
Locks are taken from the day to the difference.
"""

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from backoffice import clock
from backoffice.actors import Actor
from backoffice.audit.recording import recorded
from backoffice.audit.timeline import register_action_labels
from backoffice.exceptions import BadInput, NotAllowed, NotFound, WrongState
from backoffice.models import User
from backoffice.stepup import same_person
from merchants.people import holders
from refunds import nameless
from refunds.models import Difference, ReconciliationDay, StatementImport
from refunds.reconciliation.days import locked

State = Difference.State
ASSIGN, EXPLAIN, SIGN = (f"refunds.{verb}_difference" for verb in ("assign", "explain", "sign"))
ASSIGNED = gettext_noop("Given to somebody to look into.")
EXPLAINED = gettext_noop("The difference was explained.")
SIGNED = gettext_noop("Another person agreed to the explanation.")
SHORTEST = 10  # characters of an explanation
register_action_labels(
    {
        "assign_difference": gettext_lazy("Assigned"),
        "explain": gettext_lazy("Explained"),
        "sign": gettext_lazy("Signed off"),
        "send_back": gettext_lazy("Sent back"),
    }.get
)


def assign(*, difference_id: int, colleague: User | None, actor: Actor) -> Difference:
    """Give a waiting difference to a colleague who may explain it – or, with ``None``, to nobody."""
    with recorded(actor, ASSIGNED, "assign_difference"):
        difference = _take(difference_id, actor, ASSIGN, *Difference.WAITING)
        if colleague is not None and colleague not in holders(EXPLAIN, difference.store):
            raise BadInput(_("Choose somebody who may explain differences of this store."))
        difference.assignee = colleague
        difference.save()
    return difference


def explain(*, difference_id: int, code: str, text: str, actor: Actor) -> Difference:
    """Say why it differs. Raises ``BadInput`` for no cause or a text that says nothing."""
    with recorded(actor, EXPLAINED, "explain"):
        difference = _take(difference_id, actor, EXPLAIN, State.OPEN)
        if code not in Difference.Code.values:
            raise BadInput(_("Choose a cause."))
        if len(text.strip()) < SHORTEST:
            raise BadInput(
                _("Explain it in at least %(count)d characters: somebody else has to agree to it.")
                % {"count": SHORTEST}
            )
        _require_nameless(difference, text)
        difference.explain()
        difference.code, difference.explanation = code, text.strip()[:500]
        difference.explained_by, difference.explained_at = actor.user, clock.now()
        difference.explained_person = actor.user.person
        difference.save()
    return difference


def sign(*, difference_id: int, actor: Actor, note: str = "") -> Difference:
    """Agree to the explanation, as another person than who gave it or loaded a report of the day."""
    with recorded(actor, note or SIGNED, "sign"):
        difference = _take(difference_id, actor, SIGN, State.EXPLAINED)
        if why := objection(difference, actor):
            raise NotAllowed(why)
        _require_nameless(difference, note)
        difference.sign()
        difference.signed_by, difference.signed_at = actor.user, clock.now()
        difference.signed_person = actor.user.person
        difference.save()
    return difference


def send_back(*, difference_id: int, actor: Actor, note: str) -> Difference:
    """Do not agree: it has to be explained again. What was said stays in history."""
    if not note.strip():
        raise BadInput(_("Say what is missing in the explanation."))
    with recorded(actor, note, "send_back"):
        difference = _take(difference_id, actor, SIGN, State.EXPLAINED)
        _require_nameless(difference, note)
        difference.send_back()
        difference.code = difference.explanation = ""
        difference.explained_by = difference.explained_at = difference.explained_person = None
        difference.save()
    return difference


def _require_nameless(difference: Difference, text: str) -> None:
    if difference.payout is not None:
        nameless.check(text, difference.payout.case)


def objection(difference: Difference, actor: Actor) -> str:
    """Why ``actor`` may not sign this difference; empty if they may."""
    if is_same_person(actor.user, difference.explained_by):
        return _("You explained this difference, so somebody else has to sign it off.")
    if loaded(difference.day, actor.user):
        return _("You loaded a report of this day, so somebody else has to sign it off.")
    return ""


def loaded(day: ReconciliationDay, user: User) -> bool:
    """Whether ``user`` brought any report that counts on ``day``."""
    runs = StatementImport.objects.filter(lines__day=day).values("uploaded_by")
    people = User.objects.filter(Q(pk__in=runs) | Q(pk=day.loaded_by_id))
    return any(is_same_person(user, other) for other in people)


def is_same_person(one: User, other: User | None) -> bool:
    """Whether two accounts are one person's."""
    return other is not None and same_person(one, other)


def _take(difference_id: int, actor: Actor, permission: str, *states: str) -> Difference:
    """The difference under its day's and its own lock, if ``actor`` may and its state fits."""
    found = Difference.objects.visible_to(actor.user).filter(pk=difference_id).first()
    if found is None:
        raise NotFound
    day = locked([ReconciliationDay(pk=found.day_id)])[found.day_id]
    rows = Difference.objects.select_for_update(of=("self",))
    difference = rows.select_related("store", "explained_by").get(pk=difference_id)
    difference.day = day
    if not actor.user.has_perm(permission, difference):
        raise NotAllowed
    if day.state == ReconciliationDay.State.CLOSED:
        raise WrongState(_("This day is closed. Somebody has to open it again first."))
    if difference.state not in states:
        raise WrongState(
            _("This difference is in the state “%(state)s”, so this is not possible.")
            % {"state": difference.get_state_display()}
        )
    return difference
