"""Rules are written once: another limit is another rule, and the old one ends where it begins."""

from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from backoffice import clock
from backoffice.access import reach
from backoffice.actors import Actor
from backoffice.audit.recording import recorded
from backoffice.exceptions import BadInput, NotAllowed, NotFound
from refunds.models import InstantRule, Kind

ADD, CHANGE = "refunds.add_instantrule", "refunds.change_instantrule"
KINDS = (Kind.REFUND_ONLY, Kind.RETURN_REFUND)  # stock and agreements are for people


class RuleRefused(BadInput):
    """A rule, its start or its end, that would not be sound."""


def add_rule(
    *,
    actor: Actor,
    reason: str,
    replaces_id: int | None = None,
    valid_from: datetime | None = None,
    **values: Any,
) -> InstantRule:
    """Add a rule from ``valid_from`` on (``None``: from now), in place of ``replaces_id`` if given.

    Raises ``NotAllowed`` without the permission in the rule's store, ``NotFound`` for a rule that the
    actor may not see, ``RuleRefused`` for what is not sound.
    """
    with recorded(actor, reason, "instant_rule.add"):
        rule = InstantRule(**values, valid_from=valid_from or clock.now())
        _may(actor, ADD, rule)
        check(rule)
        check_start(valid_from)
        if replaces_id is not None:
            _finish(replaces_id, actor, rule.valid_from)
        rule.save()
    return rule


def end_rule(
    *, rule_id: int, actor: Actor, reason: str, end: datetime | None = None
) -> InstantRule:
    """Let a rule end (``None``: now). What it approved stays approved.

    Raises what ``add_rule`` raises.
    """
    with recorded(actor, reason, "instant_rule.end"):
        if end is not None and end < clock.now():
            raise RuleRefused(_("A rule cannot end in the past: it decided cases since."))
        return _finish(rule_id, actor, end or clock.now())


def _finish(rule_id: int, actor: Actor, end: datetime) -> InstantRule:
    rule = InstantRule.objects.select_for_update(of=("self",)).filter(pk=rule_id).first()
    if rule is None:
        raise NotFound
    _may(actor, CHANGE, rule)
    rule.valid_until = _sound_end(rule, end)
    rule.save(update_fields=["valid_until"])
    return rule


def check(rule: InstantRule) -> None:
    """Raise ``RuleRefused`` with the first thing that stands against a new rule."""
    if rule.kind not in KINDS:
        raise RuleRefused(
            _("A rule may approve refunds and returns. Exchanges and compensations are for people.")
        )
    if rule.most_amount is not None and rule.most_amount <= 0:
        raise RuleRefused(_("The amount must be more than zero. Leave it empty for no limit."))
    if rule.not_picked and rule.stage != "not_shipped":
        raise RuleRefused(
            _("“Not picked yet” is for goods that are not shipped: choose that stage.")
        )
    if rule.most_amount is None and not rule.not_picked:
        raise RuleRefused(
            _("Write an amount: without one, only goods that are not picked yet may be approved.")
        )


def check_start(begin: datetime | None) -> None:
    """Raise ``RuleRefused`` for a start in the past; ``None`` means from now on."""
    if begin is not None and begin < clock.now():
        raise RuleRefused(_("A rule cannot start in the past. Leave the start empty for now."))


def _sound_end(rule: InstantRule, end: datetime) -> datetime:
    if rule.valid_until is not None and rule.valid_until <= clock.now():
        raise RuleRefused(
            _("This rule ended on %(when)s already.")
            % {"when": date_format(localtime(rule.valid_until), "SHORT_DATETIME_FORMAT")}
        )
    if end <= rule.valid_from:
        raise RuleRefused(_("A rule cannot end before it starts."))
    return end


def _may(actor: Actor, permission: str, rule: InstantRule) -> None:
    """Raise ``NotAllowed`` unless the actor may write rules for all that ``rule`` covers."""
    if actor.user.is_system:
        return
    held = reach(actor.user, permission)
    if not (held and held.stores is None) and not (
        rule.store_id and actor.user.has_perm(permission, rule.store)
    ):
        raise NotAllowed
