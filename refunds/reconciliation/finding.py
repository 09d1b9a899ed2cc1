"""What differs on a day, as sets of rows: which lines of the bank, which payouts of ours.

Three things are held against each other by the payout's number, whatever day each was written on:
the bank's lines, the payouts, and the ledger. So what the bank booked a day later is no difference
once it is there.
"""

from django.db.models import (
    Case,
    CharField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Concat

from refunds.models import (
    BankLine,
    Difference,
    LedgerEntry,
    Payout,
    PayoutGateway,
    ReconciliationDay,
)

Detail, Kind = Difference.Detail, Difference.Kind
Entry, Paid = LedgerEntry.Kind, Payout.State
ARRIVED = (Paid.SETTLED, Paid.RETURNED)
OUT, IN = BankLine.Direction.OUT, BankLine.Direction.IN
KIND_OF = {
    Detail.NO_LINE: Kind.OURS,
    Detail.NO_RETURN: Kind.OURS,
    Detail.NO_PAYOUT: Kind.THEIRS,
    Detail.TWICE: Kind.THEIRS,
    Detail.AMOUNT: Kind.AMOUNT,
    Detail.NOT_SETTLED: Kind.STATUS,
    Detail.NOT_RETURNED: Kind.STATUS,
    Detail.NO_ENTRY: Kind.LEDGER,
    Detail.NO_STATE: Kind.LEDGER,
    Detail.LATE: Kind.LATE,
}
# What a payout was paid from: an account at a provider, or the store's own.
ACCOUNT = Case(
    When(
        batch__gateway__isnull=False,
        then=Concat("batch__gateway__provider", Value(" "), "batch__gateway__account"),
    ),
    default=Coalesce(F("batch__account"), Value("")),
    output_field=CharField(),
)


def account_of(gateway: PayoutGateway) -> str:
    """What the account at a provider is called here, as ``ACCOUNT`` has it."""
    return f"{gateway.provider} {gateway.account}"


def lines_of(day: ReconciliationDay) -> QuerySet:
    """The bank's lines that count on ``day``, each beside the payout that it names."""
    named = paid_by_banks().filter(
        number=OuterRef("number"), case__store=day.store_id, paid_from=day.account
    )
    before = BankLine.objects.filter(
        store=OuterRef("store"),
        account=OuterRef("account"),
        number=OuterRef("number"),
        direction=OuterRef("direction"),
        pk__lt=OuterRef("pk"),
    )
    return BankLine.objects.filter(day=day).annotate(
        paid=Subquery(named.values("pk")[:1]),
        paid_state=Subquery(named.values("state")[:1]),
        paid_amount=Subquery(named.values("amount")[:1]),
        paid_currency=Subquery(named.values("currency")[:1]),
        repeated=Exists(before),
    )


def judged(day: ReconciliationDay) -> QuerySet:
    """The lines of ``day`` with their ``detail``: what differs, or nothing.

    Money that came in for another reason than a return, and names no payout, is none of ours.
    """
    own = Q(paid__isnull=False)
    alike = Q(amount=F("paid_amount"), currency=F("paid_currency"))
    return lines_of(day).annotate(
        detail=Case(
            When(~own & Q(direction=IN, returned=False), then=Value("")),
            When(~own, then=Value(Detail.NO_PAYOUT)),
            When(repeated=True, then=Value(Detail.TWICE)),
            When(~alike, then=Value(Detail.AMOUNT)),
            When(Q(direction=OUT) & ~Q(paid_state__in=ARRIVED), then=Value(Detail.NOT_SETTLED)),
            When(Q(direction=IN) & ~Q(paid_state=Paid.RETURNED), then=Value(Detail.NOT_RETURNED)),
            When(~Q(booked_on=day.day), then=Value(Detail.LATE)),
            default=Value(""),
            output_field=CharField(),
        )
    )


def to_bounce(day: ReconciliationDay) -> QuerySet:
    """Returns that the bank booked in full, of payouts that we still have as settled."""
    whole = Q(amount=F("paid_amount"), currency=F("paid_currency"), repeated=False)
    return lines_of(day).filter(whole, direction=IN, paid_state=Paid.SETTLED)


def payouts_that_differ(day: ReconciliationDay) -> dict[str, QuerySet[Payout]]:
    """Our payouts that neither the ledger nor the bank confirms, by what differs.

    What the bank has not booked is asked once the day is over and a report came after its end.
    """
    within = Q(at__gte=day.starts_at, at__lt=day.ends_at)
    arrived, back = (entries(kind) for kind in (Entry.SETTLED, Entry.RETURNED))
    settled = mine(day).filter(settled_at__gte=day.starts_at, settled_at__lt=day.ends_at)
    found: dict[str, QuerySet[Payout]] = {
        Detail.NO_ENTRY: settled.filter(~Exists(arrived.filter(same_amount())), state__in=ARRIVED),
        Detail.NO_STATE: mine(day).filter(Exists(arrived.filter(within)), ~Q(state__in=ARRIVED)),
    }
    if is_complete(day):
        found[Detail.NO_LINE] = settled.filter(~Exists(lines(OUT)), state__in=ARRIVED)
        found[Detail.NO_RETURN] = mine(day).filter(
            Exists(back.filter(within)), ~Exists(lines(IN)), state=Paid.RETURNED
        )
    return found


def is_complete(day: ReconciliationDay) -> bool:
    """Whether the bank has told of the whole day."""
    return day.reported_at is not None and day.reported_at >= day.ends_at


def paid_by_banks() -> QuerySet:
    """The payouts that a bank or a provider books, with ``paid_from``: not store credit, given inside."""
    return Payout.objects.exclude(method=Payout.Method.CREDIT).annotate(paid_from=ACCOUNT)


def mine(day: ReconciliationDay) -> QuerySet[Payout]:
    """The payouts from the day's account in its currency."""
    own = {"case__store": day.store_id, "paid_from": day.account, "currency": day.currency}
    return paid_by_banks().filter(**own)


def entries(kind: str) -> QuerySet[LedgerEntry]:
    """The ledger's movements of one kind of the payout at hand."""
    return LedgerEntry.objects.filter(payout=OuterRef("pk"), kind=kind)


def same_amount() -> Q:
    """The movement is for what the payout is for."""
    return Q(amount=OuterRef("amount"), currency=OuterRef("currency"))


def lines(direction: str) -> QuerySet:
    """The bank's lines about the payout at hand, whatever day they were booked on."""
    return BankLine.objects.filter(
        number=OuterRef("number"), direction=direction, store=OuterRef("case__store")
    )
