"""The columns of a file of requests: what they are called, and how a cell becomes a value.

Each ``parse`` raises ``CellError``: the column, and a whole sentence.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from backoffice import money
from backoffice.bulk.cells import looks_like_formula
from backoffice.bulk.reading import Cell
from backoffice.sentences import sentence as _
from orders.loading.fields import CONTROL, EARLIEST, NUMBER, CellError, as_text
from refunds.models import Kind

FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d")
QUANTITY_LIMIT = 1_000_000


@dataclass(frozen=True)
class Heading:
    """A column: what it is called in a file, in either language, and what it may hold."""

    english: str
    chinese: str
    help: str | Promise
    needed: bool = False
    length: int = 0


COLUMNS: dict[str, Heading] = {
    "number": Heading(
        "Request number",
        "售后申请号",
        gettext_lazy(
            "The channel's own number of the request; rows of one request stand together."
        ),
        needed=True,
        length=60,
    ),
    "order": Heading(
        "Order number", "订单号", gettext_lazy("An order of the store."), needed=True, length=60
    ),
    "kind": Heading(
        "Kind",
        "售后类型",
        gettext_lazy("refund_only, return_refund or exchange; or 仅退款, 退货退款, 换货."),
        needed=True,
        length=40,
    ),
    "reason": Heading(
        "Reason code",
        "原因代码",
        gettext_lazy("As in the list of reasons."),
        needed=True,
        length=20,
    ),
    "sku": Heading(
        "SKU",
        "商品编码",
        gettext_lazy("An article of the order; empty for freight alone."),
        length=60,
    ),
    "quantity": Heading("Quantity", "数量", gettext_lazy("How many pieces of it.")),
    "amount": Heading(
        "Amount", "退款金额", gettext_lazy("For these pieces. Empty: their share of what was paid.")
    ),
    "freight": Heading(
        "Freight", "退运费", gettext_lazy("Freight to refund; once per request is enough.")
    ),
    "text": Heading("Text", "买家描述", gettext_lazy("In the buyer's words."), length=500),
    "not_exempt_because": Heading(
        "Not exempt because",
        "不属于例外的理由",
        gettext_lazy(
            "Why goods that the law may exempt from the return without a reason are not, in this purchase."
        ),
        length=200,
    ),
    "asked_at": Heading(
        "Requested at",
        "申请时间",
        gettext_lazy("When the channel took it down, in the store's time: 2026-11-02 10:15:00."),
    ),
    "due_at": Heading(
        "Channel deadline",
        "平台处理时限",
        gettext_lazy(
            "When the channel decides by itself, in the store's time; empty: by the policy."
        ),
    ),
}
KINDS = {
    **{kind.value: kind.value for kind in Kind},
    **{kind.value.replace("_", " "): kind.value for kind in Kind},
    "return and refund": Kind.RETURN_REFUND.value,
    "仅退款": Kind.REFUND_ONLY.value,
    "退货退款": Kind.RETURN_REFUND.value,
    "换货": Kind.EXCHANGE.value,
    "补偿": Kind.COMPENSATION.value,
}


def text(column: str, cell: Cell) -> str:
    """A cell as text without spaces around it; refuses formulas, and what is too long or missing."""
    heading = COLUMNS[column]
    if cell == "" and not heading.needed:
        return ""
    raw = as_text(cell)
    if isinstance(cell, str) and raw and looks_like_formula(raw):
        raise CellError(
            column,
            _("“%(text)s” would be taken for a formula. Write it without the sign at its start.")
            % {"text": raw.strip()[:40]},
        )
    value = raw.strip()
    if CONTROL.search(value):
        raise CellError(column, _("There is a line break or a control character in this cell."))
    if heading.needed and not value:
        raise CellError(column, _("This cell is empty, but the request needs it."))
    if len(value) > heading.length:
        raise CellError(
            column,
            _("This text has %(length)d characters. There is room for %(limit)d.")
            % {"length": len(value), "limit": heading.length},
        )
    return value


def kind(cell: Cell) -> str:
    """What is asked for. A compensation is proposed by people, and by no file."""
    word = text("kind", cell)
    found = KINDS.get(word.lower())
    if found == Kind.COMPENSATION:
        raise CellError("kind", _("A compensation is opened on its order's page, not by a file."))
    if found is None:
        raise CellError(
            "kind",
            _("There is no kind “%(word)s”. Write refund_only, return_refund or exchange.")
            % {"word": word},
        )
    return found


def number(column: str, cell: Cell) -> Decimal | None:
    """A cell as a number with a point; ``None`` when it is empty."""
    if cell == "":
        return None
    if isinstance(cell, Decimal) and cell.is_finite():
        return cell
    written = as_text(cell).strip()
    if not written:
        return None
    match = NUMBER["."].match(written) if isinstance(cell, str) else None
    if match is None:
        raise CellError(
            column,
            _("“%(text)s” is not a number. Write it like 1234.50.") % {"text": written[:40]},
        )
    return Decimal(match[1] + match[2])


def quantity(cell: Cell) -> int | None:
    """Whole pieces, at least one; ``None`` when the cell is empty."""
    value = number("quantity", cell)
    if value is None:
        return None
    if value != value.to_integral_value() or not 1 <= value <= QUANTITY_LIMIT:
        raise CellError(
            "quantity",
            _("“%(text)s” is not a number of pieces from 1 to %(limit)d.")
            % {"text": as_text(cell).strip()[:40], "limit": QUANTITY_LIMIT},
        )
    return int(value)


def amount(column: str, cell: Cell) -> Decimal | None:
    """A sum of money that is not negative; ``None`` when the cell is empty."""
    value = number(column, cell)
    if value is not None and not 0 <= value <= money.LIMIT:
        raise CellError(
            column,
            _(
                "“%(text)s” is not an amount from 0 on. Leave it empty for the share of what was paid."
            )
            % {"text": as_text(cell).strip()[:40]},
        )
    return value


def moment(column: str, cell: Cell, zone: ZoneInfo, latest: datetime) -> datetime | None:
    """A moment in the store's time; ``None`` when the cell is empty."""
    if isinstance(cell, str) and not cell.strip():
        return None
    value = cell if isinstance(cell, datetime) else _parsed(as_text(cell).strip())
    if value is None:
        raise CellError(
            column,
            _("“%(text)s” is not a date. Write it like 2026-11-02 10:15:00.")
            % {"text": as_text(cell).strip()[:40]},
        )
    aware = value if value.tzinfo else value.replace(tzinfo=zone)
    if not EARLIEST <= aware <= latest:
        raise CellError(
            column,
            _("%(date)s is out of range. Look at the year, and at the order of day and month.")
            % {"date": f"{value:%Y-%m-%d}"},
        )
    return aware.astimezone(UTC)


def _parsed(written: str) -> datetime | None:
    for pattern in FORMATS:
        try:
            return datetime.strptime(written, pattern)  # noqa: DTZ007 - the store's zone is added after
        except ValueError:
            continue
    return None


AHEAD = timedelta(days=1)  # of the channel's clock
LONGEST = timedelta(days=366)  # until a channel's deadline
