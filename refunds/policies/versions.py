"""How a policy changes: by a new version with a start date, or by the end of a narrow scope.

Every edit locks the policies of its kind, so that two people's edits follow each other; on
PostgreSQL an exclusion constraint says the same of any other way to the table.
"""

from datetime import datetime

from django.db import IntegrityError, transaction

from backoffice import clock
from backoffice.access import reach
from backoffice.actors import Actor
from backoffice.audit import bulk
from backoffice.audit.recording import recorded
from backoffice.exceptions import NotAllowed, NotFound, StaleVersion
from refunds.models import RefundPolicy
from refunds.policies.following import check_end, checked
from refunds.policies.scopes import Scope
from refunds.policies.terms import Terms

ADD = "refunds.add_refundpolicy"


def new_version(
    *,
    scope: Scope,
    terms: Terms,
    actor: Actor,
    reason: str,
    start: datetime | None = None,
    seen: int | None = None,
) -> RefundPolicy:
    """Let ``terms`` hold for ``scope`` from ``start`` on; ``None`` means from now on.

    Its start becomes the end of the version before it. ``seen`` is the id of the scope's last
    version that the person looked at, 0 for none. Raises ``NotAllowed`` without the permission,
    ``StaleVersion`` when somebody was faster, ``PolicyRefused`` for a start in the past, an
    overlap, a gap, or terms that are not sound.
    """
    with recorded(actor, reason, "policy.version"):
        may_write(actor, scope)
        last = _last(scope, seen)
        begin = checked(scope, terms, start, last)
        return write(scope, terms, begin, last)


def end_scope(
    *,
    policy_id: int,
    actor: Actor,
    reason: str,
    end: datetime | None = None,
    seen: int | None = None,
) -> RefundPolicy:
    """End the scope of that policy, so that others rule; ``None`` means from now on.

    Raises what ``new_version`` raises, and ``PolicyRefused`` where no other policy would rule.
    """
    with recorded(actor, reason, "policy.end"):
        policy = RefundPolicy.objects.visible_to(actor.user).filter(pk=policy_id).first()
        if policy is None:
            raise NotFound
        scope = Scope.of(policy)
        may_write(actor, scope)
        last, now = _last(scope, seen), clock.now()
        at = end or now
        check_end(scope, at, last, now)
        return _finish(last or policy, at)


def may_write(actor: Actor, scope: Scope) -> None:
    """Raise ``NotAllowed`` unless the actor may write policies for all that ``scope`` covers."""
    if actor.user.is_system:
        return
    store = scope.store
    held = reach(actor.user, ADD)
    if not (actor.user.has_perm(ADD, store) if store else held and held.stores is None):
        raise NotAllowed


def write(scope: Scope, terms: Terms, begin: datetime, last: RefundPolicy | None) -> RefundPolicy:
    """Write the version, its pauses, and the end of ``last``; the caller has checked all of it."""
    number = last.version + 1 if last else 1
    policy = terms.draft(**scope.values, version=number, valid_from=begin)
    try:
        with transaction.atomic():
            if last and (last.valid_until is None or last.valid_until > begin):
                _finish(last, begin)
            policy.save(force_insert=True)
            bulk.create_many(terms.draft_pauses(policy))
    except IntegrityError as clash:  # somebody wrote past the lock: the database refused
        raise StaleVersion from clash
    return policy


def _finish(policy: RefundPolicy, end: datetime) -> RefundPolicy:
    policy.valid_until = end
    policy.save(update_fields=["valid_until"])
    return policy


def _last(scope: Scope, seen: int | None) -> RefundPolicy | None:
    """The scope's last version, behind the lock of its kind, and still the one that was looked at.

    Versions that were added while we waited for the lock are read afterwards. Cases that refer to
    a policy are not held up: their foreign key asks for a weaker lock than this one.
    """
    rows = RefundPolicy.objects.filter(kind=scope.kind).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk"))
    last = scope.versions().last()
    if seen is not None and seen != (last.pk if last else 0):
        raise StaleVersion
    return last
