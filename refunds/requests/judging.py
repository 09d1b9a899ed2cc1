"""Whether each request of a file can be opened, by the rules of ``refunds.intake``: many asked about at once.

A request is judged with what came before it in the same file: two of them never share the same piece.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from backoffice import clock
from backoffice.among import Among, AmongTexts
from backoffice.exceptions import BackofficeError
from backoffice.money import ZERO
from backoffice.sentences import sentence as _
from merchants.models import Store
from orders.loading.fields import CellError
from orders.loading.outcome import PREVIEW
from orders.models import Order, OrderLine
from orders.parts import attach
from refunds import caps
from refunds.exemptions import checking as exemptions
from refunds.intake import LineRequest, Request
from refunds.intake.checking import claim, fitting, total_of
from refunds.models import CaseLine, Kind, Reason, RefundCase, RefundPolicy
from refunds.policies.choosing import Chooser
from refunds.requests.outcome import Outcome
from refunds.requests.rows import Draft, Line, Reader


@dataclass(frozen=True)
class Ready:
    """A request that can be opened, with all that its case is made of."""

    order: Order
    request: Request
    reason: Reason
    claims: Sequence[caps.Claim]
    total: Decimal
    policy: RefundPolicy


@dataclass(frozen=True)
class Known:
    """A request that was brought before: what of it a file can say again."""

    order: str
    kind: str
    reason: str
    freight: Decimal
    lines: Sequence[tuple[str, int, Decimal]]

    def says(self, draft: Draft) -> bool:
        """Whether ``draft`` says the same; an amount that it leaves out says nothing."""
        first = draft.first
        wanted = sorted((line for line in draft.lines if line.sku), key=_by_article)
        same = (first.order, first.kind, first.reason, draft.said("freight") or ZERO)
        return (
            same == (self.order, self.kind, self.reason, self.freight)
            and [(line.sku, line.quantity) for line in wanted]
            == [(sku, count) for sku, count, _amount in self.lines]
            and all(
                line.amount in (None, amount)
                for line, (_sku, _count, amount) in zip(wanted, self.lines, strict=True)
            )
        )


class Judge:
    """Judges one file's requests in their order.

    ``remember`` says of which orders what is left has to be kept from one call to the next, because
    nothing is written in between.
    """

    def __init__(
        self, store: Store, reader: Reader, outcome: Outcome, *, remember: Collection[int] = ()
    ) -> None:
        self.store = store
        self.reader = reader
        self.outcome = outcome
        self.remember = remember
        self.left: dict[int, caps.Balance] = {}
        self.reasons = {reason.code: reason for reason in Reason.objects.filter(active=True)}
        at = clock.database_now()
        self.policies = Chooser(store, at)
        self.exempt = list(exemptions.standing(store, at))

    def judge(self, drafts: Sequence[Draft]) -> list[Ready]:
        """Those of ``drafts`` that can be opened; the others are counted, and reported."""
        orders, known = self._orders(drafts), self._known(drafts)
        self._weigh(list(orders.values()))
        ready = []
        for draft in drafts:
            same = known.get(draft.number)
            if draft.problem is None and same is not None and same.says(draft):
                self.outcome.unchanged += len(draft.rows)
                self.outcome.cases_unchanged += 1
                continue
            found = self._ready(draft, orders, same)
            if found is None:
                self.outcome.refuse(self.reader.refuse(draft))
            else:
                self._count(draft, found)
                ready.append(found)
        return ready

    def _ready(self, draft: Draft, orders: dict[str, Order], same: Known | None) -> Ready | None:
        if draft.problem is not None:
            return None
        try:
            if same is not None:
                raise CellError("number", _other_content(draft.number))
            return self._whole(draft, orders.get(draft.first.order))
        except CellError as problem:
            draft.spoil(draft.first.row, problem)
        return None

    def _whole(self, draft: Draft, order: Order | None) -> Ready:
        """The request with its order, reason, claims and policy; raises what speaks against it."""
        first = draft.first
        if order is None:
            raise CellError(
                "order", _("There is no order %(order)s in this store.") % {"order": first.order}
            )
        request = self._request(draft, order)
        if request.asked_at and request.asked_at < order.placed_at:
            raise CellError("asked_at", _("The request is older than its order."))
        with blaming("reason"):
            reason = fitting(self.reasons.get(request.reason_code), request)
        with blaming("amount"):
            claims = [claim(order, line) for line in request.lines]
            total = total_of(order, request, claims)
        categories = {taken.line.category for taken in claims}
        if exemptions.needs_no_reason(request.kind, reason):
            with blaming("reason"):
                exemptions.compare(self.exempt, categories, request.not_exempt_because)
        left = self.left[order.pk]
        with blaming("quantity"):
            caps.compare(
                left, order, kind=request.kind, claims=claims, freight=request.freight, total=total
            )
        with blaming("kind"):
            policy = self.policies.for_case(request.kind, order.stage, reason, categories)
        self.left[order.pk] = left.after(
            claims, request.freight, total, in_money=request.kind != Kind.EXCHANGE
        )
        return Ready(order, request, reason, claims, total, policy)

    def _request(self, draft: Draft, order: Order) -> Request:
        said: Any = draft.said
        return Request(
            kind=draft.first.kind,
            reason_code=draft.first.reason,
            lines=list(self._lines(draft, order)),
            freight=said("freight") or ZERO,
            reason_text=said("text") or "",
            not_exempt_because=said("not_exempt_because") or "",
            external_number=draft.number,
            channel_due_at=said("due_at"),
            asked_at=said("asked_at"),
        )

    def _lines(self, draft: Draft, order: Order) -> Iterator[LineRequest]:
        """The order lines that the articles mean: of several with one SKU the first that has enough left."""
        used: set[int] = set()
        for line in draft.lines:
            if line.sku:
                meant = self._meant(line, order, used)
                used.add(meant.pk)
                yield LineRequest(meant.pk, line.quantity, line.amount)

    def _meant(self, line: Line, order: Order, used: set[int]) -> OrderLine:
        lines = [row for row in order.lines.all() if row.sku == line.sku and row.pk not in used]
        if not lines:
            raise CellError(
                "sku",
                _("Order %(order)s has no article %(sku)s, or too few lines of it.")
                % {"order": order, "sku": line.sku},
            )
        left = self.left[order.pk].quantities
        return next((row for row in lines if left[row.pk] >= line.quantity), lines[0])

    def _weigh(self, orders: Sequence[Order]) -> None:
        """Know what is left of each order."""
        self.left = {pk: left for pk, left in self.left.items() if pk in self.remember}
        self.left.update(caps.balances([order for order in orders if order.pk not in self.left]))

    def _orders(self, drafts: Sequence[Draft]) -> dict[str, Order]:
        numbers = {line.order for draft in drafts for line in draft.lines}
        orders = list(
            Order.objects.filter(AmongTexts("number", numbers), store=self.store)
            .select_related("buyer")
            .order_by()
        )
        attach(orders)
        for order in orders:
            order.store = self.store
        return {order.number: order for order in orders}

    def _known(self, drafts: Sequence[Draft]) -> dict[str, Known]:
        numbers = [draft.number for draft in drafts if isinstance(draft.number, str)]
        cases = RefundCase.objects.filter(
            AmongTexts("external_number", numbers), store=self.store
        ).order_by()
        heads = list(
            cases.values_list(
                "pk",
                "external_number",
                "order__number",
                "kind",
                "reason__code",
                "freight_requested",
            )
        )
        lines: dict[int, list[tuple[str, int, Decimal]]] = {pk: [] for pk, *_head in heads}
        of_cases = CaseLine.objects.filter(Among("case", [pk for pk, *_head in heads])).order_by()
        columns = ("case", "order_line__sku", "quantity", "amount_requested")
        for pk, sku, pieces, amount in of_cases.values_list(*columns):
            lines[pk].append((sku, pieces, amount))
        return {
            number: Known(order, kind, reason, freight, sorted(lines[pk]))
            for pk, number, order, kind, reason, freight in heads
        }

    def _count(self, draft: Draft, ready: Ready) -> None:
        self.outcome.cases += 1
        self.outcome.used += len(draft.rows)
        figures = self.outcome.totals[ready.request.kind, ready.reason.code, ready.order.currency]
        figures[0] += 1
        figures[1] += ready.total
        if len(self.outcome.preview) < PREVIEW:
            self.outcome.preview.append(_preview(ready))


@contextmanager
def blaming(column: str) -> Iterator[None]:
    """Say of which column it is that a rule of intake speaks."""
    try:
        yield
    except BackofficeError as refusal:
        raise CellError(column, refusal.message) from None


def _by_article(line: Line) -> tuple[str, int, Decimal]:
    return line.sku, line.quantity, line.amount or ZERO


def _other_content(number: str) -> str:
    return _(
        "Request %(number)s is here already, with other content. Nothing of its case was changed."
    ) % {"number": number}


def _preview(ready: Ready) -> dict[str, Any]:
    asked: datetime | None = ready.request.asked_at
    return {
        "number": ready.request.external_number,
        "order": ready.order.number,
        "kind": ready.request.kind,
        "reason": ready.reason.code,
        "articles": ", ".join(f"{taken.quantity} × {taken.line.sku}" for taken in ready.claims),
        "total": str(ready.total),
        "currency": ready.order.currency,
        "asked_at": asked.isoformat() if asked else "",
    }
