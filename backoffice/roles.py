"""The one table from role to permissions. ``install_roles`` writes it down for people to read."""

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
}
_SEE_CASES = {
    "refunds.view_refundcase",
    "refunds.view_caseline",
    "refunds.view_evidence",
    "refunds.view_compensation",
    "refunds.view_reason",
    "refunds.view_rejectcode",
    "refunds.view_refundpolicy",
}
_SEE_MONEY = {"refunds.view_payout", "refunds.view_refundbatch", "refunds.view_resultimport"}
_SEE_ASSESSMENTS = {
    "merchants.view_supplier",
    "merchants.view_formtemplate",
    "merchants.view_question",
    "merchants.view_assessment",
    "merchants.view_answer",
}
_SEE_IMPORTS = {"orders.view_importprofile", "orders.view_orderimport"}
_SEE_PEOPLE = {"backoffice.view_user", "merchants.view_membership"}
_DECIDE = {
    "refunds.open_refundcase",
    "refunds.approve_refundcase",
    "refunds.reject_refundcase",
    "refunds.handle_return",
    "refunds.attach_evidence",
    "refunds.escalate_refundcase",
    "refunds.withdraw_refundcase",
    "refunds.give_compensation",
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
        frozenset(_SEE_ORDERS | _SEE_CASES | _DECIDE | {"refunds.view_payout"}),
    ),
    "manager": Role(
        _("Store manager"),
        STORE,
        frozenset(
            _SEE_ORDERS
            | _SEE_CASES
            | _DECIDE
            | _SEE_ASSESSMENTS
            | _SEE_IMPORTS
            | _SEE_MONEY
            | {
                "orders.import_order",
                "orders.export_order",
                "refunds.approve_many",
                "refunds.export_refundcase",
                "refunds.reject_for_abuse",
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
                "refunds.build_refundbatch",
                "refunds.void_refundbatch",
                "refunds.export_refundbatch",
                "refunds.import_results",
                "refunds.retry_payout",
                "refunds.export_payout",
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
            | {"refunds.release_refundbatch", "refunds.void_refundbatch"}
        ),
    ),
    "auditor": Role(
        _("Platform auditor"),
        PLATFORM,
        frozenset(
            _SEE_ORDERS | _SEE_CASES | _SEE_MONEY | _SEE_ASSESSMENTS | _SEE_IMPORTS | _SEE_PEOPLE
        ),
    ),
    "platform": Role(
        _("Platform"),
        PLATFORM,
        frozenset(
            _SEE_ORDERS
            | _SEE_CASES
            | _SEE_MONEY
            | _SEE_ASSESSMENTS
            | _SEE_IMPORTS
            | _SEE_PEOPLE
            | {
                "refunds.arbitrate",
                "refunds.add_refundpolicy",
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
