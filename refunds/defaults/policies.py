"""The policies that the product ships with: one per kind of case and stage, for every store.

Evidence that is asked for stops the review once; a parcel that is intercepted stops it too. What
is refunded without a return, and without a person, names who bears it: the store for goods that it
still has, the platform – whose rule it is – for goods on their way.
"""

from datetime import UTC, datetime
from decimal import Decimal

from refunds.defaults.untouched import touched_by_people
from refunds.models import Bearer, Kind, PauseCause, RefundPolicy, Stage
from refunds.policies.scopes import Scope
from refunds.policies.terms import FIELDS, PauseTerm, Terms
from refunds.policies.versions import write

SINCE = datetime(2000, 1, 1, tzinfo=UTC)
CEILING = Decimal(2000)
APPROVE, PERSON = RefundPolicy.AtDeadline.APPROVE, RefundPolicy.AtDeadline.PERSON

EVIDENCE = PauseTerm(PauseCause.EVIDENCE, 48)
STOCK_CHECK = PauseTerm(PauseCause.STOCK_CHECK, 24)
INTERCEPTION = PauseTerm(PauseCause.INTERCEPTION, 72)
APPRAISAL = PauseTerm(PauseCause.APPRAISAL, 72)
ON_THE_WAY_BACK = (
    PauseTerm(PauseCause.HOLIDAY, 168),
    PauseTerm(PauseCause.CARRIER, 72),
    PauseTerm(PauseCause.DISPUTE, 72),
)
# Codes about goods that came back, R01 to R03, say nothing where nothing has to come back.
GOODS_STAY = ("R04", "R05", "R06", "R07")
NO_GOODS = ("R04", "R05", "R07")


def _terms(
    hours: int,
    at_deadline: str,
    *pauses: PauseTerm,
    bearer: str = Bearer.REASON,
    codes: tuple[str, ...] = (),
) -> Terms:
    """The model's own defaults, and what is different here."""
    values = {name: getattr(RefundPolicy(), name) for name in FIELDS}
    values |= {"review_hours": hours, "at_deadline": at_deadline, "auto_ceiling": CEILING}
    values |= {"cost_bearer": bearer, "reject_codes": list(codes)}
    return Terms(values, frozenset(pauses))


POLICIES: dict[tuple[Kind, Stage], Terms] = {
    (Kind.REFUND_ONLY, Stage.NOT_SHIPPED): _terms(
        24, APPROVE, bearer=Bearer.STORE, codes=GOODS_STAY
    ),
    (Kind.REFUND_ONLY, Stage.SHIPPED): _terms(
        36, APPROVE, INTERCEPTION, bearer=Bearer.PLATFORM, codes=GOODS_STAY
    ),
    (Kind.REFUND_ONLY, Stage.RECEIVED): _terms(48, PERSON, EVIDENCE, codes=GOODS_STAY),
    **{
        (Kind.RETURN_REFUND, stage): _terms(48, APPROVE, EVIDENCE, *ON_THE_WAY_BACK)
        for stage in Stage
    },
    **{
        (Kind.EXCHANGE, stage): _terms(48, APPROVE, STOCK_CHECK, *ON_THE_WAY_BACK)
        for stage in Stage
    },
    **{
        (Kind.COMPENSATION, stage): _terms(24, PERSON, EVIDENCE, APPRAISAL, codes=NO_GOODS)
        for stage in Stage
    },
}


def install_policies(now: datetime) -> None:
    """Add what is missing; a shipped policy that no person touched gets a version with today's terms.

    A version that cases may stand on is never changed, so an upgrade, too, is a new version.
    """
    touched = touched_by_people(RefundPolicy)
    for (kind, stage), terms in POLICIES.items():
        scope = Scope(kind, stage=stage)
        versions = list(scope.versions().prefetch_related("pauses"))
        if not versions:
            write(scope, terms, SINCE, None)
        elif not touched & {v.pk for v in versions} and Terms.of(versions[-1]) != terms:
            write(scope, terms, now, versions[-1])
