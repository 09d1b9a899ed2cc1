"""Every version gets its number within the row, and a place for the role of its actor."""

from django.db import migrations

from backoffice.audit.version_columns import NumberVersions


class Migration(migrations.Migration):
    dependencies = [("refunds", "0023_reconciliation_and_alarms")]

    operations = [
        NumberVersions(
            [
                "Reason",
                "RejectCode",
                "InstantRule",
                "FlaggedSku",
                "RiskHold",
                "RefundPolicy",
                "PolicyPause",
                "RefundCase",
                "Payout",
                "RefundBatch",
                "BatchFile",
                "BatchApproval",
                "CaseLine",
                "Pause",
                "Offer",
                "Compensation",
                "CompensationLimit",
                "Complaint",
                "CutOff",
                "Dispute",
                "Evidence",
                "ExemptGround",
                "ExemptCategory",
                "PayoutGateway",
                "PayoutAttempt",
                "GatewayNotice",
                "Account",
                "LedgerEntry",
                "Message",
                "CannedReply",
                "CheckingLimit",
                "RouteLimit",
                "StatementImport",
                "ReconciliationDay",
                "Difference",
                "Replacement",
                "ReplacementLine",
                "PolicyReplay",
                "RequestImport",
                "ResultImport",
            ]
        )
    ]
