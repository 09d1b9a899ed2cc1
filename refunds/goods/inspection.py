"""Looking at what came back: what of it is accepted, and what the buyer gets for it."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backoffice import clock
from backoffice.actors import Actor
from backoffice.exceptions import BadInput, NotAllowed
from backoffice.money import ZERO
from refunds.deciding import decisions
from refunds.goods import pieces, promises
from refunds.goods.pieces import Found
from refunds.models import CaseLine, DecidedBy, Kind, RefundCase, RejectCode
from refunds.models.case_states import sends_goods_back


def accept(
    case: RefundCase,
    *,
    actor: Actor,
    found: Iterable[Found] | None = None,
    amount: Decimal | None = None,
    send: Mapping[int, int] | None = None,
    code: RejectCode | None = None,
    **_details: Any,
) -> None:
    """Write down what came back, restock what is sound, and fix what the buyer gets for it.

    A refund is for the sound pieces unless ``amount`` says otherwise; an exchange sends as many
    pieces again unless ``send`` says so, by case line. Where nothing is accepted the return is
    rejected with ``code``. What needs two people is only approved a first time, and nothing is
    restocked yet. Raises ``BadInput`` for what cannot be.
    """
    lines = pieces.of(case)
    rows = pieces.checked(lines, found)
    counts = _counts(case, lines, rows, send)
    parts = pieces.worth(case, lines, counts)
    total = _total(case, parts, amount, code)
    pieces.record(lines, rows)
    if case.return_arrived_at is None:
        case.return_arrived_at = clock.now()  # nobody inspects what is not here
    if total or any(parts):
        _entitle_alone(case, actor, lines, parts, counts, total)
    else:
        pieces.save(lines)
        _reject(case, actor, code)


def accept_as_found(
    case: RefundCase, *, actor: Actor, amount: Decimal | None, **_details: Any
) -> None:
    """Accept what was written down before, for ``amount``: a second person confirms the first."""
    found = [
        Found(line.pk, line.accepted or 0, line.damaged or 0, line.missing or 0)
        for line in pieces.of(case)
    ]
    accept(case, actor=actor, found=found, amount=amount)


def auto_accept(case: RefundCase, *, actor: Actor, **_details: Any) -> None:
    """Accept in the merchant's place, in full; raises ``HeldForPerson`` where a rail forbids it.

    Nobody looked at the goods, so nothing is written down about them and nothing is restocked:
    that is done by ``inspect_later``, when somebody does.
    """
    decisions.check_rails(case)
    decisions.check_caps(case)
    decisions.decided(case, DecidedBy.TIMER)  # the day's cap counts it
    decisions.entitle(case)
    case.accept_return()
    decisions.finish_review(case)


def inspect_later(
    case: RefundCase, *, actor: Actor, found: Iterable[Found] | None = None, **_details: Any
) -> None:
    """Write down what came back after the case was decided without a look; no money changes."""
    lines = pieces.of(case)
    pieces.record(lines, pieces.checked(lines, found))
    pieces.save(lines)
    pieces.restock(case, lines)
    case.return_arrived_at = case.return_arrived_at or clock.now()


def unseen(case: RefundCase) -> bool:
    """Whether goods were sent back and nobody has written down what came."""
    sent = sends_goods_back(case) and case.return_sent_at is not None
    return sent and not pieces.was_inspected(case)


def _counts(
    case: RefundCase,
    lines: Sequence[CaseLine],
    rows: Sequence[Found],
    send: Mapping[int, int] | None,
) -> list[int]:
    """How many pieces of each line the buyer gets something for."""
    if case.kind != Kind.EXCHANGE or send is None:
        return [row.sound for row in rows]
    counts = [send.get(line.pk, 0) for line in lines]
    if set(send) - {line.pk for line in lines} or any(
        not 0 <= count <= line.quantity for line, count in zip(lines, counts, strict=True)
    ):
        raise BadInput(
            _("Send at most as many pieces of each line as the exchange is about, and no others.")
        )
    return counts


def _total(
    case: RefundCase, parts: Sequence[Decimal], amount: Decimal | None, code: RejectCode | None
) -> Decimal:
    total = sum(parts, ZERO) if amount is None or case.kind == Kind.EXCHANGE else amount
    if code is not None and total:
        raise BadInput(
            _("A reject code is for a return of which nothing is accepted. Leave it empty.")
        )
    return total


def _entitle_alone(
    case: RefundCase,
    actor: Actor,
    lines: Sequence[CaseLine],
    parts: Sequence[Decimal],
    counts: Sequence[int],
    total: Decimal,
) -> None:
    """Accept, unless a second person has to approve the amount as well."""
    decisions.check_caps(case)
    if not decisions.stands(case, actor=actor, amount=total):
        pieces.save(lines)
        return
    _entitle(case, lines, parts, total)
    pieces.save(lines)
    pieces.restock(case, lines)
    case.accept_return()
    if case.kind == Kind.EXCHANGE:
        _fit_promise(case, lines, counts)
    decisions.finish_review(case)


def _reject(case: RefundCase, actor: Actor, code: RejectCode | None) -> None:
    if code is None:
        raise BadInput(
            _(
                "Nothing of the return is accepted: choose the reject code. To pay for it all the "
                "same, write the amount."
            )
        )
    if not actor.user.has_perm("refunds.reject_refundcase", case):
        raise NotAllowed
    decisions.reject(case, actor=actor, code=code)


def _entitle(
    case: RefundCase, lines: Sequence[CaseLine], parts: Sequence[Decimal], total: Decimal
) -> None:
    approved = pieces.shared(case, lines, parts, total)
    for line, part in zip(lines, approved, strict=False):
        line.amount_approved = part
    case.freight_approved, case.amount_approved = approved[-1], total


def _fit_promise(case: RefundCase, lines: Sequence[CaseLine], counts: Sequence[int]) -> None:
    """Keep promised what is sent, of the article that was chosen; the rest is in stock again."""
    promised = promises.live(case)
    if promised is None:
        return
    skus = {row.order_line_id: row.sku for row in promised.lines.all()}
    held = {row.order_line_id: row.quantity for row in promised.lines.all()}
    wanted = {line.pk: count for line, count in zip(lines, counts, strict=True)}
    if all(held.get(line.order_line_id, 0) == wanted[line.pk] for line in lines):
        return
    promises.release(case, promised)
    promises.promise(
        case,
        quantities=wanted,
        skus={line.pk: skus.get(line.order_line_id, "") for line in lines},
    )
