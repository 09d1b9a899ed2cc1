"""What was found in a return parcel, piece by piece, and what it is worth to the buyer."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from backoffice import money
from backoffice.exceptions import BadInput
from backoffice.money import ZERO
from orders import stock
from refunds.models import CaseLine, RefundCase


@dataclass(frozen=True)
class Found:
    """What came back of one line of a case: sound, damaged, and missing pieces."""

    case_line_id: int
    sound: int
    damaged: int = 0
    missing: int = 0


def of(case: RefundCase) -> list[CaseLine]:
    """The case's lines, with what was bought, in the order in which amounts are shared out."""
    return list(case.lines.select_related("order_line").order_by("order_line__position", "pk"))


def was_inspected(case: RefundCase) -> bool:
    """Whether somebody has written down what came back."""
    return all(line.accepted is not None for line in case.lines.all())


def checked(lines: Sequence[CaseLine], found: Iterable[Found] | None) -> list[Found]:
    """``found`` in the order of ``lines``; without it everything came back sound.

    Raises ``BadInput`` unless each line is named once and its pieces add up to what it is about.
    """
    if found is None:
        return [Found(line.pk, line.quantity) for line in lines]
    rows = list(found)
    by_line: Mapping[int, Found] = {row.case_line_id: row for row in rows}
    if len(by_line) != len(rows) or set(by_line) != {line.pk for line in lines}:
        raise BadInput(
            _("Say for each line of this case, once, what came back – and for no other line.")
        )
    return [_possible(line, by_line[line.pk]) for line in lines]


def _possible(line: CaseLine, row: Found) -> Found:
    counts = (row.sound, row.damaged, row.missing)
    if min(counts) < 0 or sum(counts) != line.quantity:
        raise BadInput(
            _(
                "Line %(line)s: %(sound)d sound, %(damaged)d damaged and %(missing)d missing do not "
                "add up to the %(quantity)d that should come back."
            )
            % {
                "line": line.order_line,
                "sound": row.sound,
                "damaged": row.damaged,
                "missing": row.missing,
                "quantity": line.quantity,
            }
        )
    return row


def record(lines: Sequence[CaseLine], found: Sequence[Found]) -> None:
    """Put down on the lines what came back; whoever calls this saves them."""
    for line, row in zip(lines, found, strict=True):
        line.accepted, line.damaged, line.missing = row.sound, row.damaged, row.missing


def save(lines: Sequence[CaseLine]) -> None:
    """Save each line, once: one act is one version."""
    for line in lines:
        line.save()


def forget(lines: Iterable[CaseLine]) -> None:
    """Take back what was written about pieces that never got into stock: somebody has to look anew."""
    for line in lines:
        line.accepted = line.damaged = line.missing = None
        line.save()


def restock(case: RefundCase, lines: Sequence[CaseLine]) -> None:
    """Put the sound pieces into stock. Called once: with the acceptance, or with a later look."""
    sound: Counter[str] = Counter()
    for line in lines:
        sound[line.order_line.sku] += line.accepted or 0
    stock.put_back(case.store, sound)


def worth(case: RefundCase, lines: Sequence[CaseLine], counts: Sequence[int]) -> list[Decimal]:
    """The money for so many pieces of each line, and – last – for the freight.

    A line's amount is split between these pieces and the others by largest remainder, so the two
    parts always add up to it. The freight is due as soon as one piece is.
    """
    parts = [
        money.share_out(
            line.amount_requested, [Decimal(count), Decimal(line.quantity - count)], case.currency
        )[0]
        for line, count in zip(lines, counts, strict=True)
    ]
    return [*parts, case.freight_requested if any(counts) or not lines else ZERO]


def shared(
    case: RefundCase, lines: Sequence[CaseLine], parts: Sequence[Decimal], total: Decimal
) -> list[Decimal]:
    """``parts`` made to add up to ``total``: less is taken off in proportion, more is put on top.

    No part ever gets above what was requested for it.
    """
    computed = sum(parts, ZERO)
    if total <= computed:
        return money.share_out(total, parts, case.currency)
    requested = [*(line.amount_requested for line in lines), case.freight_requested]
    room = [most - part for most, part in zip(requested, parts, strict=True)]
    more = money.share_out(total - computed, room, case.currency)
    return [part + extra for part, extra in zip(parts, more, strict=True)]
