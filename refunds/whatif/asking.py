"""Asking “what if”, and calling it off."""

from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from backoffice import clock
from backoffice.actors import Actor
from backoffice.audit.recording import recorded
from backoffice.exceptions import BadInput, NotAllowed, NotFound, WrongState
from merchants.models import Store
from refunds.models import PolicyReplay
from refunds.whatif.draft import (
    OFF,
    POLICY_FIELDS,
    RULE_FIELDS,
    STORE_FIELDS,
    Changes,
    base_of,
    in_force,
)
from refunds.whatif.keeping import forget
from refunds.whatif.running import queue

PERMISSION = "refunds.add_policyreplay"
LONGEST_DAYS = 366
ASKED = gettext_noop("Asked what would have been.")
CALLED_OFF = gettext_noop("Called off.")


def ask(
    *, store_id: int, since: date, until: date, title: str, changes: Changes, actor: Actor
) -> PolicyReplay:
    """Keep the question and have a worker answer it; changes no case, now or later.

    Raises ``NotFound`` and ``NotAllowed`` outside the actor's stores, ``BadInput`` for a period or a
    change that makes no sense.
    """
    store = Store.objects.visible_to(actor.user).filter(pk=store_id).first()
    if store is None:
        raise NotFound
    if not actor.user.has_perm(PERMISSION, store):
        raise NotAllowed
    _check_period(since, until)
    _check_changes(store, changes)
    with recorded(actor, ASKED, "whatif.ask"):
        replay = PolicyReplay.objects.create(
            store=store,
            made_by=actor.user,
            made_at=clock.now(),
            title=title,
            draft={"base": base_of(store), "changes": changes},
            since=since,
            until=until,
        )
        queue(replay)
    return replay


def call_off(*, replay_id: int, actor: Actor) -> PolicyReplay:
    """Stop a replay that is not done. Raises ``WrongState`` when it is too late for that."""
    with recorded(actor, CALLED_OFF, "whatif.cancel"):
        rows = PolicyReplay.objects.visible_to(actor.user).select_for_update(of=("self",))
        replay = rows.filter(pk=replay_id).first()
        if replay is None:
            raise NotFound
        if not actor.user.has_perm(PERMISSION, replay):
            raise NotAllowed
        if replay.state not in (PolicyReplay.State.WAITING, PolicyReplay.State.RUNNING):
            raise WrongState
        replay.state = PolicyReplay.State.CANCELLED
        replay.save()
        forget(replay)
    return replay


def _check_period(since: date, until: date) -> None:
    if until < since:
        raise BadInput(_("The period ends before it begins."))
    if until - since > timedelta(days=LONGEST_DAYS):
        raise BadInput(_("Choose a period of a year at most."))


def _check_changes(store: Store, changes: Changes) -> None:
    """Only fields that a draft may change, of what is in force for this store."""
    now = in_force(store, clock.now())
    known: dict[str, tuple[str, ...]] = {"store": STORE_FIELDS}
    known |= {f"policy_{row.pk}": POLICY_FIELDS for row in now.policies}
    known |= {f"rule_{row.pk}": (*RULE_FIELDS, OFF) for row in now.rules}
    for key, values in changes.items():
        if not set(values) <= set(known.get(key, ())):
            raise BadInput(_("What is in force has changed. Load the page again."))
        if any(_impossible(name, value) for name, value in values.items()):
            raise BadInput(_("Hours must be at least 1, and amounts cannot be below zero."))


def _impossible(name: str, value: Any) -> bool:
    if value is None or isinstance(value, bool) or name in ("at_deadline", "highest_risk"):
        return False
    return float(value) < (1 if name == "review_hours" else 0)
