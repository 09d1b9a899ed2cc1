"""Who may do what, page by page: the one table that the walk over every address is held against.

What an outcome means stands in ``outcomes.py``.
"""

from tests.access.case_actions import case_actions
from tests.access.outcomes import (
    ALL,
    BATCHES,
    DESK,
    EVERYBODY,
    EXPORTS,
    OFFICE,
    PAYOUTS,
    PEOPLE,
    STRANGERS,
    TOLD,
    UNCOVER,
    UNUSUAL,
    Page,
)


def _pages(
    model: str, see: str, *, add: str = "", change: str = "", add_row: str = "act"
) -> dict[str, Page]:
    """The pages that every model has: a list, objects, their history – and nothing to delete."""
    app, _underscore, name = model.partition("_")
    row = {"object_id": name}
    return {
        f"admin:{model}_changelist": Page({"list": see}, {"list": see}),
        f"admin:{model}_add": Page({"form": add}, {add_row: add}),
        f"admin:{model}_change": Page({"read": see}, {"act": change}, row),
        f"admin:{model}_history": Page({"read": see}, {}, row),
        f"admin:{model}_delete": Page({}, {}, row),
        f"admin/{app}/{name}/<path:object_id>/": Page({"go": ALL}, {"go": ALL}, row),
    }


PAGES: dict[str, Page] = {
    # -- The front door.
    "/": Page({"go": EVERYBODY}, {"go": EVERYBODY}),
    "healthz": Page({"health": EVERYBODY}, {}),
    "guide": Page({"read": EVERYBODY}, {}, {"code": "publicstore"}),
    "guide_in en": Page({"read": EVERYBODY}, {}, {"code": "publicstore"}),
    "guide_in zh-hans": Page({"read": EVERYBODY}, {}, {"code": "publicstore"}),
    # Nothing but a provider's signature opens these: whoever calls is told so.
    **{
        f"hook {provider}": Page({}, {"try": EVERYBODY})
        for provider in ("sandbox", "stripe", "alipay", "wechat")
    },
    "set_language": Page({"go": EVERYBODY}, {"go": EVERYBODY}),
    "admin:login": Page({"go": ALL, "form": STRANGERS}, {"try": EVERYBODY}),
    "admin:logout": Page({}, {"try": ALL, "go": STRANGERS}),
    "admin:second_factor": Page({"form": ALL}, {"try": ALL}),
    "admin:index": Page({"read": ALL}, {"read": ALL}),
    "admin:search": Page(),
    "admin:autocomplete": Page(),
    "admin:jsi18n": Page({"read": ALL}, {}),
    "admin:password_change": Page({"form": ALL}, {"try": ALL}),
    "admin:password_change_done": Page({"read": ALL}, {}),
    "admin/(?P<url>.*)$": Page(),
    "admin:app_list merchants": Page({"read": ALL}, {"read": ALL}),
    "admin:app_list orders": Page({"read": ALL}, {"read": ALL}),
    "admin:app_list refunds": Page({"read": ALL}, {"read": ALL}),
    "admin:app_list backoffice": Page({"read": ALL}, {"read": ALL}),
    # -- Merchants, stores, people.
    **_pages("merchants_merchant", ALL, add="platform", change="platform"),
    **_pages("merchants_store", ALL, add="platform", change="platform"),
    **_pages("merchants_membership", PEOPLE, add="platform", change="platform", add_row="try"),
    "admin:merchants_membership_roles": Page({"read": PEOPLE}, {}),
    **_pages("backoffice_user", PEOPLE, add="platform", change="platform", add_row="try"),
    **_pages("backoffice_installedrole", PEOPLE),
    "admin:auth_user_password_change": Page(
        {"form": "platform"}, {"try": "platform"}, {"id": "user"}
    ),
    **_pages("merchants_workingcalendar", ALL, add="platform", change="platform", add_row="try"),
    **_pages("backoffice_sensitiveread", PEOPLE),
    **_pages("backoffice_retentionrule", PEOPLE, add="platform", add_row="try"),
    "admin:backoffice_retentionrule_due": Page({"read": PEOPLE}, {}),
    **_pages("backoffice_retentionpass", PEOPLE),
    # -- Exports: here the manager's, for whom alone they are.
    **_pages("backoffice_exportrun", "manager auditor platform"),
    "admin:backoffice_exportrun_changelist": Page({"list": EXPORTS}, {"list": EXPORTS}),
    "admin:backoffice_exportrun_progress": Page(
        {"read": "manager auditor platform"}, {}, {"pk": "exportrun"}
    ),
    "admin:backoffice_exportrun_download": Page({}, {"act": "manager"}, {"pk": "exportrun"}),
    "admin:backoffice_exportrun_cancel": Page({}, {"act": "manager"}, {"pk": "exportrun"}),
    # -- Verifications of history.
    **_pages("backoffice_verification", PEOPLE),
    "admin:backoffice_verification_progress": Page({"read": PEOPLE}, {}, {"pk": "verification"}),
    "admin:backoffice_verification_ask": Page({}, {"act": "auditor"}),
    **_pages("backoffice_logalarm", PEOPLE),
    # -- The search in history: everybody's, over what they may see; entries have no pages.
    "admin:backoffice_changeentry_changelist": Page({"read": ALL}, {}),
    "admin:backoffice_changeentry_add": Page(),
    "admin:backoffice_changeentry_change": Page({}, {}, {"object_id": "changeentry"}),
    "admin:backoffice_changeentry_history": Page({}, {}, {"object_id": "changeentry"}),
    "admin:backoffice_changeentry_delete": Page({}, {}, {"object_id": "changeentry"}),
    "admin/backoffice/changeentry/<path:object_id>/": Page(
        {"go": ALL}, {"go": ALL}, {"object_id": "changeentry"}
    ),
    "admin:backoffice_changeentry_export": Page({"form": PEOPLE}, {"act": PEOPLE}),
    "admin:backoffice_changeentry_keep": Page({}, {"try": ALL}),
    "admin:backoffice_changeentry_give_up": Page({}, {"act": "manager"}, {"pk": "savedsearch"}),
    "admin:backoffice_changeentry_unusual": Page({"read": PEOPLE}, {}),
    **{
        f"admin:backoffice_changeentry_unusual_one {code}": Page({"read": PEOPLE}, {})
        for code in UNUSUAL
    },
    # -- Suppliers and assessments.
    **_pages("merchants_supplier", OFFICE, add="manager", change="manager"),
    **_pages("merchants_formtemplate", OFFICE, add="platform", add_row="try"),
    "admin:merchants_formtemplate_publish": Page({}, {"try": "platform"}, {"pk": "formtemplate"}),
    "admin:merchants_formtemplate_new_version": Page(
        {}, {"act": "platform"}, {"pk": "formtemplate"}
    ),
    **_pages("merchants_assessment", OFFICE, add="manager"),
    "admin:merchants_assessment_ranking": Page({"read": OFFICE}, {}),
    "admin:merchants_assessment_fill": Page(
        {"form": "manager"}, {"act": "manager"}, {"pk": "draft"}
    ),
    "admin:merchants_assessment_step review": Page(  # the manager submitted it: four eyes
        {}, {"act": "platform", "try": "manager"}, {"pk": "assessment"}
    ),
    "admin:merchants_assessment_step send-back": Page(
        {}, {"act": "manager platform"}, {"pk": "assessment"}
    ),
    "admin:merchants_assessment_step publish": Page(
        {}, {"try": "manager platform"}, {"pk": "assessment"}
    ),
    # -- Orders.
    **_pages("orders_order", ALL),
    "admin:orders_order_export": Page({"form": "manager"}, {"act": "manager"}),
    **_pages("orders_erasure", PEOPLE),
    "admin:orders_erasure_ask": Page({}, {"try": "platform"}, {"order_id": "order"}),
    "admin:orders_erasure_do confirm": Page({}, {"try": "platform"}, {"pk": "erasure"}),
    "admin:orders_erasure_do call-off": Page({}, {"try": "platform"}, {"pk": "erasure"}),
    "admin:orders_order_uncover": Page({}, {"try": UNCOVER}, {"pk": "order"}),
    **_pages("orders_stock", ALL, add="manager", change="manager"),
    **_pages("orders_importprofile", OFFICE, add="platform", change="platform"),
    **_pages("orders_orderimport", OFFICE),
    "admin:orders_orderimport_upload": Page(
        {"form": "manager platform"}, {"act": "manager platform"}
    ),
    "admin:orders_orderimport_confirm": Page(
        {}, {"act": "manager platform"}, {"pk": "orderimport"}
    ),
    "admin:orders_orderimport_cancel": Page({}, {"act": "manager platform"}, {"pk": "orderimport"}),
    "admin:orders_orderimport_progress": Page({"read": OFFICE}, {}, {"pk": "orderimport"}),
    "admin:orders_orderimport_problems": Page({"file": OFFICE}, {}, {"pk": "orderimport"}),
    # -- Files of refund requests.
    **_pages("refunds_requestimport", OFFICE),
    "admin:refunds_requestimport_template": Page({"file": "manager"}, {}),
    "admin:refunds_requestimport_upload": Page({"form": "manager"}, {"act": "manager"}),
    "admin:refunds_requestimport_confirm": Page({}, {"act": "manager"}, {"pk": "requestimport"}),
    "admin:refunds_requestimport_cancel": Page({}, {"act": "manager"}, {"pk": "requestimport"}),
    "admin:refunds_requestimport_progress": Page({"read": OFFICE}, {}, {"pk": "requestimport"}),
    "admin:refunds_requestimport_problems": Page({"file": OFFICE}, {}, {"pk": "requestimport"}),
    # -- Refund cases.
    **_pages("refunds_refundcase", ALL),
    **case_actions(),
    "admin:refunds_refundcase_open": Page({"form": DESK}, {"act": DESK}, {"order_id": "order"}),
    "admin:refunds_refundcase_assign_many": Page({"go": "manager"}, {"act": "manager"}),
    "admin:refunds_refundcase_next": Page({"list": ALL}, {"list": ALL}, {"case_id": "refundcase"}),
    "admin:refunds_refundcase_previous": Page(
        {"list": ALL}, {"list": ALL}, {"case_id": "refundcase"}
    ),
    "admin:refunds_refundcase_approve_many": Page({"go": "manager"}, {"act": "manager"}),
    "admin:refunds_refundcase_evidence": Page(
        {"file": ALL}, {}, {"case_id": "refundcase", "pk": "evidence"}
    ),
    "admin:refunds_refundcase_preview": Page(
        {"file": ALL}, {}, {"case_id": "refundcase", "pk": "evidence"}
    ),
    "admin:refunds_refundcase_proof": Page(  # nothing is signed, so there is none
        {}, {"act": "auditor"}, {"case_id": "refundcase"}
    ),
    "admin:refunds_refundcase_export": Page({"form": "manager"}, {"act": "manager"}),
    "admin:refunds_refundcase_uncover": Page({}, {"try": UNCOVER}, {"pk": "refundcase"}),
    **_pages("refunds_complaint", ALL),
    # -- What a person was told: for their eyes only.
    "admin:refunds_notice_changelist": Page({"read": ALL}, {}),
    "admin:refunds_notice_add": Page(),
    "admin:refunds_notice_change": Page({}, {}, {"object_id": "notice"}),
    "admin:refunds_notice_history": Page({}, {}, {"object_id": "notice"}),
    "admin:refunds_notice_delete": Page({}, {}, {"object_id": "notice"}),
    "admin/refunds/notice/<path:object_id>/": Page(
        {"go": ALL}, {"go": ALL}, {"object_id": "notice"}
    ),
    "admin:refunds_notice_open": Page({}, {"act": TOLD}, {"pk": "notice"}),
    "admin:refunds_notice_seen": Page({}, {"try": ALL}),
    # -- Money.
    **_pages("refunds_payout", PAYOUTS),
    "admin:refunds_payout_uncover": Page({}, {"try": UNCOVER}, {"pk": "payout"}),
    "admin:refunds_payout_export": Page({"form": "finance"}, {"act": "finance"}),
    "admin:refunds_payout_do retry": Page(
        {"form": "finance"}, {"act": "finance"}, {"payout_id": "payout"}
    ),
    "admin:refunds_payout_ask": Page({}, {"try": "finance"}, {"payout_id": "payout"}),
    **_pages(
        "refunds_payoutgateway",
        BATCHES,
        add="platform",
        change="finance checker platform",
        add_row="try",
    ),
    **_pages("refunds_gatewaynotice", BATCHES),
    "admin:refunds_payout_do redirect": Page(
        {"form": "finance"}, {"act": "finance"}, {"payout_id": "queued"}
    ),
    "admin:refunds_payout_do cancel": Page(
        {"form": "finance"}, {"act": "finance"}, {"payout_id": "queued"}
    ),
    **_pages("refunds_refundbatch", BATCHES),
    "admin:refunds_refundbatch_build": Page({"form": "finance"}, {"act": "finance"}),
    "admin:refunds_refundbatch_do release": Page(
        {"form": "checker"}, {"act": "checker"}, {"batch_id": "refundbatch"}
    ),
    "admin:refunds_refundbatch_do seal": Page(
        {"ask": "finance"}, {"try": "finance"}, {"batch_id": "refundbatch"}
    ),
    "admin:refunds_refundbatch_do reopen": Page(
        {"form": "finance"}, {"act": "finance"}, {"batch_id": "refundbatch"}
    ),
    "admin:refunds_refundbatch_rows": Page(
        {"ask": "finance"}, {"try": "finance"}, {"batch_id": "refundbatch"}
    ),
    "admin:refunds_refundbatch_do void": Page(
        {"form": "finance checker"}, {"act": "finance checker"}, {"batch_id": "refundbatch"}
    ),
    "admin:refunds_refundbatch_export csv": Page({}, {"act": "finance"}, {"batch_id": "sent"}),
    "admin:refunds_refundbatch_export xlsx": Page({}, {"act": "finance"}, {"batch_id": "sent"}),
    "admin:refunds_refundbatch_export xml": Page({}, {"try": "finance"}, {"batch_id": "sent"}),
    "admin:refunds_refundbatch_result": Page({}, {"act": "finance"}, {"batch_id": "sent"}),
    **_pages("refunds_resultimport", BATCHES),
    "admin:refunds_resultimport_upload": Page({"form": "finance"}, {"try": "finance"}),
    "admin:refunds_resultimport_progress": Page({"read": BATCHES}, {}, {"pk": "resultimport"}),
    "admin:refunds_resultimport_problems": Page({"file": BATCHES}, {}, {"pk": "resultimport"}),
    "admin:refunds_resultimport_confirm": Page({}, {"act": "finance"}, {"pk": "resultimport"}),
    "admin:refunds_resultimport_cancel": Page({}, {"act": "finance"}, {"pk": "resultimport"}),
    "admin:refunds_resultimport_dismiss": Page({}, {"try": "finance"}, {"pk": "resultimport"}),
    **_pages("refunds_statementimport", BATCHES),
    "admin:refunds_statementimport_upload": Page({"form": "finance"}, {"act": "finance"}),
    "admin:refunds_statementimport_confirm": Page(
        {}, {"act": "finance"}, {"pk": "statementimport"}
    ),
    "admin:refunds_statementimport_cancel": Page({}, {"act": "finance"}, {"pk": "statementimport"}),
    "admin:refunds_statementimport_progress": Page(
        {"read": BATCHES}, {}, {"pk": "statementimport"}
    ),
    "admin:refunds_statementimport_problems": Page(
        {"file": BATCHES}, {}, {"pk": "statementimport"}
    ),
    **_pages("refunds_reconciliationday", BATCHES),
    "admin:refunds_reconciliationday_board": Page({"read": BATCHES}, {}),
    "admin:refunds_reconciliationday_close_many": Page({"go": "checker"}, {"try": "checker"}),
    "admin:refunds_reconciliationday_do match": Page(
        {"form": "finance"}, {"try": "finance"}, {"pk": "reconciliationday"}
    ),
    "admin:refunds_reconciliationday_do close": Page(
        {"form": "checker"}, {"try": "checker"}, {"pk": "reconciliationday"}
    ),
    "admin:refunds_reconciliationday_do reopen": Page(
        {"form": "finance checker"}, {"try": "finance checker"}, {"pk": "reconciliationday"}
    ),
    **_pages("refunds_difference", BATCHES),
    "admin:refunds_difference_do assign": Page(
        {"form": "finance"}, {"act": "finance"}, {"pk": "difference"}
    ),
    "admin:refunds_difference_do explain": Page(
        {"form": "finance"}, {"act": "finance"}, {"pk": "difference"}
    ),
    "admin:refunds_difference_do sign": Page(  # nobody has explained it
        {"form": "checker"}, {"try": "checker"}, {"pk": "difference"}
    ),
    "admin:refunds_difference_do send_back": Page(
        {"form": "checker"}, {"try": "checker"}, {"pk": "difference"}
    ),
    **_pages("refunds_ledgerentry", BATCHES),
    "admin:refunds_ledgerentry_accounts": Page({"read": BATCHES}, {"act": "platform"}),
    # -- What cases go by.
    **_pages(
        "refunds_cannedreply",
        "staff manager other auditor",
        add="manager",
        change="manager",
        add_row="try",
    ),
    **_pages("refunds_refundpolicy", ALL, add="platform"),
    "admin:refunds_refundpolicy_new_version": Page(
        {"form": "platform"}, {"act": "platform"}, {"pk": "refundpolicy"}
    ),
    "admin:refunds_refundpolicy_end": Page(
        {"form": "platform"}, {"act": "platform"}, {"pk": "refundpolicy"}
    ),
    **_pages("refunds_policyreplay", OFFICE, add="manager platform"),
    "admin:refunds_policyreplay_progress": Page({"read": OFFICE}, {}, {"pk": "policyreplay"}),
    "admin:refunds_policyreplay_cancel": Page(
        {}, {"act": "manager platform"}, {"pk": "policyreplay"}
    ),
    **_pages("refunds_instantrule", ALL, add="platform", change="platform", add_row="try"),
    "admin:refunds_instantrule_change": Page(  # only an end that lies ahead can be written
        {"read": ALL}, {"try": "platform"}, {"object_id": "instantrule"}
    ),
    **_pages("refunds_flaggedsku", ALL, add="manager", change="manager"),
    **_pages("refunds_riskhold", ALL, add="manager", change="manager", add_row="try"),
    **_pages("refunds_exemptcategory", ALL, add="platform", change="platform", add_row="try"),
    "admin:refunds_exemptcategory_change": Page(  # only an end that lies ahead can be written
        {"read": ALL}, {"try": "platform"}, {"object_id": "exemptcategory"}
    ),
    **_pages("refunds_exemptground", ALL, change="platform"),
    **_pages("refunds_reason", ALL),
    **_pages("refunds_rejectcode", ALL),
    **_pages("refunds_checkinglimit", BATCHES, add="platform", add_row="try"),
    **_pages("refunds_cutoff", BATCHES, add="platform", change="platform", add_row="try"),
    **_pages("refunds_routelimit", BATCHES, add="platform", add_row="try"),
    **_pages("refunds_compensationlimit", ALL, add="platform", change="platform", add_row="try"),
}
