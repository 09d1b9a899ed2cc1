"""Exemptions are written once: each begins now or later, and ends; what it refused stays refused."""

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from backoffice import clock
from backoffice.access import reach
from backoffice.actors import Actor
from backoffice.audit.recording import recorded
from backoffice.exceptions import BadInput, NotAllowed, NotFound
from merchants.models import Store
from refunds.models import ExemptCategory, ExemptGround

ADD, CHANGE = "refunds.add_exemptcategory", "refunds.change_exemptcategory"


class ExemptionRefused(BadInput):
    """An exemption, its start or its end, that would not be sound."""


def add_exemption(
    *,
    category: str,
    ground: ExemptGround,
    actor: Actor,
    reason: str,
    store: Store | None = None,
    valid_from: datetime | None = None,
) -> ExemptCategory:
    """Exempt ``category`` in ``store`` – ``None``: everywhere – from ``valid_from`` on, or from now.

    Raises ``NotAllowed`` without the permission there, and ``ExemptionRefused`` for no category, a
    start in the past, or a time in which it is exempt already.
    """
    with recorded(actor, reason, "exemption.add"):
        list(ExemptGround.objects.select_for_update().order_by("pk"))  # one edit after the other
        row = ExemptCategory(
            store=store,
            category=category.strip(),
            ground=ground,
            valid_from=valid_from or clock.now(),
        )
        _may(actor, ADD, row)
        check(row, begins_now=valid_from is None)
        row.save()
    return row


def end_exemption(
    *, exemption_id: int, actor: Actor, reason: str, end: datetime | None = None
) -> ExemptCategory:
    """Let it end, now or later. What was asked for meanwhile is treated as it was. Raises as above."""
    with recorded(actor, reason, "exemption.end"):
        rows = ExemptCategory.objects.select_for_update(of=("self",))
        row = rows.filter(pk=exemption_id).first()
        if row is None:
            raise NotFound
        _may(actor, CHANGE, row)
        now = clock.now()
        if end is not None and end < now:
            raise ExemptionRefused(_("An exemption cannot end in the past: cases stand on it."))
        if row.valid_until is not None and row.valid_until <= now:
            raise ExemptionRefused(_("This exemption has ended already."))
        if (end or now) <= row.valid_from:
            raise ExemptionRefused(_("An exemption cannot end before it starts."))
        row.valid_until = end or now
        row.save(update_fields=["valid_until"])
    return row


def check(row: ExemptCategory, *, begins_now: bool) -> None:
    """Raise ``ExemptionRefused`` with the first thing that stands against a new exemption."""
    if not row.category:
        raise ExemptionRefused(_("Write the category, as the lines of the orders name it."))
    if not begins_now and row.valid_from < clock.now():
        raise ExemptionRefused(
            _("An exemption cannot start in the past. Leave the start empty for now.")
        )
    same = ExemptCategory.objects.filter(store=row.store, category=row.category)
    if same.filter(Q(valid_until=None) | Q(valid_until__gt=row.valid_from)).exists():
        raise ExemptionRefused(
            _("“%(category)s” is exempt then already. End that exemption first.")
            % {"category": row.category}
        )


def _may(actor: Actor, permission: str, row: ExemptCategory) -> None:
    """Raise ``NotAllowed`` unless the actor may exempt goods in all that ``row`` covers."""
    if actor.user.is_system:
        return
    held = reach(actor.user, permission)
    if not (held and held.stores is None) and not (
        row.store_id and actor.user.has_perm(permission, row.store)
    ):
        raise NotAllowed
