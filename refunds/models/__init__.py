"""Refund cases, what they go by, and the money that leaves through them."""

from refunds.models.alarms import LedgerAlarm
from refunds.models.approvals import BatchApproval
from refunds.models.batches import BatchFile, RefundBatch
from refunds.models.case_lines import CaseLine
from refunds.models.case_states import State
from refunds.models.cases import RefundCase
from refunds.models.clocks import Offer, Pause
from refunds.models.codes import Reason, RejectCode
from refunds.models.compensation import Compensation, CompensationLimit
from refunds.models.complaints import Complaint
from refunds.models.cutoffs import CutOff, Gathering
from refunds.models.differences import Difference
from refunds.models.disputes import Dispute
from refunds.models.evidence import Evidence
from refunds.models.exemptions import ExemptCategory, ExemptGround
from refunds.models.gateways import GatewayNotice, PayoutAttempt, PayoutGateway, Provider
from refunds.models.instant import FlaggedSku, InstantRule, RiskHold
from refunds.models.ledger import Account, LedgerEntry
from refunds.models.messages import CannedReply, Message, Notice
from refunds.models.money_limits import CheckingLimit, RouteLimit
from refunds.models.payouts import Payout
from refunds.models.policies import PolicyPause, RefundPolicy
from refunds.models.reconciliation import ReconciliationDay
from refunds.models.replacements import Replacement, ReplacementLine
from refunds.models.replays import PolicyReplay, ReplayCheckpoint
from refunds.models.requests import RequestImport, RequestProblem
from refunds.models.results import ResultImport, ResultProblem, ResultRow
from refunds.models.statements import BankLine, StatementImport, StatementProblem
from refunds.models.troubles import TimerTrouble
from refunds.models.words import (
    Bearer,
    Clock,
    DecidedBy,
    Kind,
    Party,
    PauseCause,
    PayBy,
    Risk,
    Stage,
    Stopped,
)

__all__ = [
    "Account",
    "BankLine",
    "BatchApproval",
    "BatchFile",
    "Bearer",
    "CannedReply",
    "CaseLine",
    "CheckingLimit",
    "Clock",
    "Compensation",
    "CompensationLimit",
    "Complaint",
    "CutOff",
    "DecidedBy",
    "Difference",
    "Dispute",
    "Evidence",
    "ExemptCategory",
    "ExemptGround",
    "FlaggedSku",
    "GatewayNotice",
    "Gathering",
    "InstantRule",
    "Kind",
    "LedgerAlarm",
    "LedgerEntry",
    "Message",
    "Notice",
    "Offer",
    "Party",
    "Pause",
    "PauseCause",
    "PayBy",
    "Payout",
    "PayoutAttempt",
    "PayoutGateway",
    "PolicyPause",
    "PolicyReplay",
    "Provider",
    "Reason",
    "ReconciliationDay",
    "RefundBatch",
    "RefundCase",
    "RefundPolicy",
    "RejectCode",
    "Replacement",
    "ReplacementLine",
    "ReplayCheckpoint",
    "RequestImport",
    "RequestProblem",
    "ResultImport",
    "ResultProblem",
    "ResultRow",
    "Risk",
    "RiskHold",
    "RouteLimit",
    "Stage",
    "State",
    "StatementImport",
    "StatementProblem",
    "Stopped",
    "TimerTrouble",
]
