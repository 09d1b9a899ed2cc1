"""The one table from role to permissions. What it said when is in the history of ``InstalledRole``."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

STORE, MERCHANT, PLATFORM = "store", "merchant", "platform"

_SEE_ORDERS = {
    "merchants.view_store",
    "merchants.view_merchant",
    "orders.view_buyer",
    "orders.view_order",
    "orders.view_orderline",
    "orders.view_payment",
    "orders.view_shipment",
    "orders.view_stock",
    "merchants.view_workingcalendar",
    "merchants.view_workinghours",
    "merchants.view_specialday",
}
_SEE_BUYERS = {"backoffice.see_personal"}  # names and words in clear; who lacks it sees masks
_SEE_CASES = {
    "backoffice.view_changeentry",  # finds what the rows' own history pages tell, and no more
    "refunds.view_refundcase",
    "refunds.view_caseline",
    "refunds.view_evidence",
    "refunds.view_compensation",
    "refunds.view_reason",
    "refunds.view_rejectcode",
    "refunds.view_exemptground",
    "refunds.view_exemptcategory",
    "refunds.view_refundpolicy",
    "refunds.view_policypause",
    "refunds.view_instantrule",
    "refunds.view_flaggedsku",
    "refunds.view_riskhold",
    "refunds.view_message",
    "refunds.view_offer",
    "refunds.view_pause",
    "refunds.view_dispute",
    "refunds.view_complaint",
    "refunds.view_replacement",
    "refunds.view_replacementline",
    "refunds.view_compensationlimit",
}
_SEE_MONEY = {
    "refunds.view_payout",
    "refunds.view_refundbatch",
    "refunds.view_resultimport",
    "refunds.view_ledgerentry",
    "refunds.view_account",
    "refunds.view_payoutgateway",
    "refunds.view_payoutattempt",
    "refunds.view_gatewaynotice",
    "refunds.view_checkinglimit",
    "refunds.view_routelimit",
    "refunds.view_cutoff",
    "refunds.view_statementimport",
    "refunds.view_reconciliationday",
    "refunds.view_difference",
    "refunds.view_ledgeralarm",
}
_SEE_ASSESSMENTS = {
    "merchants.view_supplier",
    "merchants.view_formtemplate",
    "merchants.view_question",
    "merchants.view_assessment",
    "merchants.view_answer",
}
_SEE_IMPORTS = {
    "orders.view_importprofile",
    "orders.view_orderimport",
    "refunds.view_requestimport",
}
_SEE_PEOPLE = {
    "backoffice.view_user",
    "backoffice.view_installedrole",
    "merchants.view_membership",
    "backoffice.view_exportrun",
}
_AUDIT = {
    "backoffice.watch_changeentry",
    "backoffice.export_changeentry",
    "backoffice.view_savedsearch",
}
_DECIDE = {
    "refunds.open_refundcase",
    "refunds.approve_refundcase",
    "refunds.reject_refundcase",
    "refunds.handle_return",
    "refunds.attach_evidence",
    "refunds.escalate_refundcase",
    "refunds.withdraw_refundcase",
    "refunds.give_compensation",
    "refunds.claim_refundcase",
    "refunds.run_clock",
    "refunds.make_offer",
    "refunds.write_message",
    "refunds.write_note",
    "refunds.view_cannedreply",
    "refunds.handle_complaint",
}
_SUPERVISE = {
    "refunds.approve_many",
    "refunds.second_approve",
    "refunds.reject_for_abuse",
    "refunds.assign_refundcase",
    "refunds.merge_refundcase",
    "refunds.appeal_verdict",
    "refunds.supervise_complaint",
    "refunds.add_flaggedsku",
    "refunds.change_flaggedsku",
    "refunds.add_riskhold",
    "refunds.change_riskhold",
    "refunds.add_cannedreply",
    "refunds.change_cannedreply",
    "refunds.import_requests",
    "refunds.view_requestimport",
}


@dataclass(frozen=True)
class Role:
    """What a role is called, where it is given, and what it may do."""

    label: str | Promise
    scope: str
    permissions: frozenset[str]


ROLES: dict[str, Role] = {
    "staff": Role(
        _("Store staff"),
        STORE,
        frozenset(_SEE_ORDERS | _SEE_BUYERS | _SEE_CASES | _DECIDE | {"refunds.view_payout"}),
    ),
    "supervisor": Role(
        _("Store supervisor"),
        STORE,
        frozenset(
            _SEE_ORDERS | _SEE_BUYERS | _SEE_CASES | _DECIDE | _SUPERVISE | {"refunds.view_payout"}
        ),
    ),
    "legal": Role(
        _("Legal counsel"),
        STORE,
        frozenset(
            _SEE_ORDERS
            | _SEE_BUYERS
            | _SEE_CASES
            | {
                "orders.view_erasure",
                "orders.confirm_erasure",
                "refunds.second_approve",
                "refunds.give_statutory",
                "refunds.attach_evidence",
                "refunds.write_note",
                "refunds.write_message",
                "refunds.appeal_verdict",
            }
        ),
    ),
    "manager": Role(
        _("Store manager"),
        STORE,
        frozenset(
            _SEE_ORDERS
            | _SEE_BUYERS
            | _SEE_CASES
            | _DECIDE
            | _SUPERVISE
            | _SEE_ASSESSMENTS
            | _SEE_IMPORTS
            | _SEE_MONEY
            | {
                "orders.import_order",
                "orders.export_order",
                "orders.add_stock",
                "orders.change_stock",
                "refunds.export_refundcase",
                "refunds.add_policyreplay",
                "refunds.view_policyreplay",
                "merchants.add_supplier",
                "merchants.change_supplier",
                "merchants.fill_assessment",
                "merchants.review_assessment",
                "merchants.publish_assessment",
            }
        ),
    ),
    "finance": Role(
        _("Finance"),
        STORE,
        frozenset(
            _SEE_ORDERS
            | _SEE_CASES
            | _SEE_MONEY
            | {
                "backoffice.uncover_personal",
                "refunds.build_refundbatch",
                "refunds.void_refundbatch",
                "refunds.export_refundbatch",
                "refunds.import_results",
                "refunds.load_statement",
                "refunds.assign_difference",
                "refunds.explain_difference",
                "refunds.reopen_reconciliationday",
                "refunds.retry_payout",
                "refunds.redirect_payout",
                "refunds.cancel_payout",
                "refunds.see_destination",
                "refunds.export_payout",
                "refunds.ask_provider",
                "refunds.change_payoutgateway",
            }
        ),
    ),
    "checker": Role(
        _("Finance checker"),
        STORE,
        frozenset(
            _SEE_ORDERS
            | _SEE_CASES
            | _SEE_MONEY
            | {
                "backoffice.uncover_personal",
                "refunds.release_refundbatch",
                "refunds.void_refundbatch",
                "refunds.change_payoutgateway",
                "refunds.see_destination",
                "refunds.sign_difference",
                "refunds.close_reconciliationday",
                "refunds.reopen_reconciliationday",
            }
        ),
    ),
    "auditor": Role(
        _("Platform auditor"),
        PLATFORM,
        frozenset(
            _SEE_ORDERS
            | _SEE_CASES
            | _SEE_MONEY
            | _SEE_ASSESSMENTS
            | _SEE_IMPORTS
            | _SEE_PEOPLE
            | _AUDIT
            | {
                "backoffice.uncover_personal",
                "backoffice.view_retentionpass",
                "backoffice.view_retentionrule",
                "backoffice.view_sensitiveread",
                "orders.view_erasure",
                "refunds.view_cannedreply",
                "refunds.view_policyreplay",
                "refunds.see_destination",
                "backoffice.view_verification",
                "backoffice.view_logalarm",
                "backoffice.verify_history",
                "backoffice.take_proof",
            }
        ),
    ),
    "platform": Role(
        _("Platform"),
        PLATFORM,
        frozenset(
            _SEE_ORDERS
            | _SEE_BUYERS
            | _SEE_CASES
            | _SEE_MONEY
            | _SEE_ASSESSMENTS
            | _SEE_IMPORTS
            | _SEE_PEOPLE
            | _AUDIT
            | {
                "backoffice.add_retentionrule",
                "backoffice.change_retentionrule",
                "backoffice.view_retentionpass",
                "backoffice.view_retentionrule",
                "backoffice.view_sensitiveread",
                "orders.ask_erasure",
                "orders.confirm_erasure",
                "orders.view_erasure",
                "backoffice.view_verification",
                "backoffice.view_logalarm",
                "refunds.arbitrate",
                "refunds.book_deposit",
                "refunds.add_payoutgateway",
                "refunds.change_payoutgateway",
                "refunds.second_approve",
                "refunds.write_message",
                "refunds.write_note",
                "refunds.attach_evidence",
                "refunds.add_refundpolicy",
                "refunds.add_policyreplay",
                "refunds.view_policyreplay",
                "refunds.add_exemptcategory",
                "refunds.change_exemptcategory",
                "refunds.change_exemptground",
                "refunds.add_instantrule",
                "refunds.change_instantrule",
                "refunds.add_compensationlimit",
                "refunds.change_compensationlimit",
                "refunds.add_checkinglimit",
                "refunds.change_checkinglimit",
                "refunds.add_cutoff",
                "refunds.change_cutoff",
                "refunds.add_routelimit",
                "refunds.change_routelimit",
                "merchants.add_workingcalendar",
                "merchants.change_workingcalendar",
                "backoffice.add_user",
                "backoffice.change_user",
                "merchants.add_membership",
                "merchants.change_membership",
                "merchants.add_merchant",
                "merchants.change_merchant",
                "merchants.add_store",
                "merchants.change_store",
                "merchants.add_formtemplate",
                "merchants.change_formtemplate",
                "merchants.review_assessment",
                "merchants.publish_assessment",
                "orders.import_order",
                "orders.add_importprofile",
                "orders.change_importprofile",
            }
        ),
    ),
}

ROLE_CHOICES = [(name, role.label) for name, role in ROLES.items()]
PLATFORM_ROLES = [name for name, role in ROLES.items() if role.scope == PLATFORM]
