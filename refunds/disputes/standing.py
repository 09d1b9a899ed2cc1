"""Which dispute a case has, and whether it holds the money up."""

from django.db.models import Q

from refunds.models import Dispute, RefundCase

# Nobody has decided yet, or the merchant appealed and nobody has decided that.
UNDECIDED = Q(closed_at=None) & (Q(verdict="") | Q(appealed_at__isnull=False))


def latest(case: RefundCase) -> Dispute | None:
    """The case's last dispute, whether it is over or not."""
    return case.disputes.order_by("-pk").first()


def contested(case: RefundCase) -> bool:
    """Whether a dispute or an appeal is undecided: until it is, no payout of the case moves on."""
    return case.disputes.filter(UNDECIDED).exists()


def contested_among(case_ids: list[int]) -> set[int]:
    """Those of the cases about which a dispute or an appeal is undecided."""
    found = Dispute.objects.filter(UNDECIDED, case__in=case_ids)
    return set(found.values_list("case", flat=True))


def lost_by_buyer(case: RefundCase) -> bool:
    """Whether the platform has decided against the buyer: then the rejection stands for good."""
    lost = Q(verdict=Dispute.Verdict.MERCHANT) | Q(appeal_verdict=Dispute.Verdict.MERCHANT)
    return case.disputes.filter(lost).exists()
