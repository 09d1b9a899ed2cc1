"""What does not fit, row by row, in sentences: asked only of a file of which something does not."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.db.models import Exists, F, OuterRef, Q, Subquery

from backoffice import money
from backoffice.sentences import sentence as _
from refunds.models import Payout, ResultImport
from refunds.results.judging import AS_SENT, OPEN, SAME, own
from refunds.results.parsing import Objection
from refunds.results.staging import rows_of

Found = dict[str, Any]
PAGE = 1_000
ANSWERED = (Payout.State.SETTLED, Payout.State.FAILED, Payout.State.RETURNED)
COLUMNS = (
    "pk",
    "row",
    "payout_id",
    "amount",
    "currency",
    "payout__amount",
    "payout__currency",
    "payout__state",
    "payout__batch__number",
    "payout__batch__store",
    "payout__batch__gateway",
)


class Rule(NamedTuple):
    """What a row must not be: the field that it is said of, which rows, and the sentence about one."""

    field: str
    broken: Q
    sentence: Callable[[Found], str]


def objections(run: ResultImport, currency: str) -> Iterator[Objection]:
    """Everything that does not fit, rule by rule; ``currency`` is that of the file's first row."""
    for rule in _rules(run, currency):
        for row in _broken(run, rule.broken):
            yield Objection(row["row"], rule.field, rule.sentence(row))


def _broken(run: ResultImport, broken: Q) -> Iterator[Found]:
    """The rows that break a rule, a page at a time."""
    first = rows_of(run).filter(payout=OuterRef("payout")).order_by("row").values("row")[:1]
    rows = rows_of(run).filter(broken).order_by("pk").annotate(first=Subquery(first))
    last = 0
    while page := list(rows.filter(pk__gt=last).values("first", *COLUMNS)[:PAGE]):
        yield from page
        last = page[-1]["pk"]


def _rules(run: ResultImport, currency: str) -> Iterator[Rule]:
    """Of a payout that is not this store's nothing is said: it is as unknown as any."""
    mine = own(run)
    earlier = rows_of(run).filter(payout=OuterRef("payout"), row__lt=OuterRef("row"))
    in_currency = Q(payout__currency=F("currency"))
    yield Rule("number", ~mine, lambda row: _stranger(run, row))
    yield Rule("number", Q(Exists(earlier)), _twice)
    yield Rule("currency", ~Q(currency=currency), lambda row: _mixed(row, currency))
    yield Rule("currency", mine & ~in_currency, _other_currency)
    yield Rule("amount", mine & in_currency & ~Q(payout__amount=F("amount")), _other_amount)
    yield Rule("destination", mine & ~AS_SENT, _other_destination)
    yield Rule("status", mine & ~(OPEN | SAME), _contradiction)


def _stranger(run: ResultImport, row: Found) -> str:
    number = {"number": row["payout_id"], "store": run.store}
    if row["payout__batch__store"] == run.store_id and row["payout__batch__gateway"]:
        return _("Payout %(number)s is sent through a gateway: no bank answers about it.") % number
    if row["payout__batch__store"] == run.store_id:
        return _("Payout %(number)s belongs to batch %(other)s, not to %(batch)s.") % {
            **number,
            "other": row["payout__batch__number"],
            "batch": run.batch,
        }
    return _("There is no payout %(number)s in any batch of %(store)s.") % number


def _twice(row: Found) -> str:
    words = {"number": row["payout_id"], "first": row["first"]}
    return _("Payout %(number)s is already in row %(first)d.") % words


def _mixed(row: Found, currency: str) -> str:
    return _(
        "This row is in %(currency)s, and the first one in %(first)s. A file is in one currency."
    ) % {"currency": row["currency"], "first": currency}


def _other_currency(row: Found) -> str:
    words = {"theirs": row["currency"], "ours": row["payout__currency"]}
    return _("The currency is %(theirs)s, but this payout is in %(ours)s.") % words


def _other_amount(row: Found) -> str:
    return _("The amount is %(theirs)s, but this payout is of %(ours)s.") % {
        "theirs": money.show(row["amount"], row["currency"]),
        "ours": money.show(row["payout__amount"], row["payout__currency"]),
    }


def _other_destination(row: Found) -> str:
    """Neither destination is shown: who imports results need not read whole account numbers."""
    return _(
        "The money went somewhere else than this payout says. Ask the bank at once where it is."
    )


def _contradiction(row: Found) -> str:
    state = Payout.State(row["payout__state"])
    if state in ANSWERED:
        return _(
            "This payout was already answered as “%(before)s”. Ask the bank which is true."
        ) % {"before": state.label}
    return _("This payout is in the state “%(state)s”: the bank cannot have answered it.") % {
        "state": state.label
    }
