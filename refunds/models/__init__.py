"""Refund cases, what they go by, and the money that leaves through them."""

from refunds.models.batches import BatchFile, RefundBatch, ResultImport, ResultProblem
from refunds.models.cases import CaseLine, RefundCase, State
from refunds.models.codes import Reason, RejectCode
from refunds.models.compensation import Compensation
from refunds.models.evidence import Evidence
from refunds.models.payouts import Payout
from refunds.models.policies import Kind, RefundPolicy, Stage

__all__ = [
    "BatchFile",
    "CaseLine",
    "Compensation",
    "Evidence",
    "Kind",
    "Payout",
    "Reason",
    "RefundBatch",
    "RefundCase",
    "RefundPolicy",
    "RejectCode",
    "ResultImport",
    "ResultProblem",
    "Stage",
    "State",
]
