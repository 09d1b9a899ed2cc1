"""The theme's settings: names, colours and the side menu, each entry for those who may use it.

What a person may only read of the set-up stands folded at the end, so that the menu is their work.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Group = dict[str, Any]


def entry(
    title: str | Promise, icon: str, url: str, *permissions: str, but: str = ""
) -> dict[str, Any]:
    """One line of the side menu, shown to holders of any of ``permissions``.

    ``but`` is a page below this one that has a line of its own, which is marked in its place.
    """

    def allowed(request: HttpRequest) -> bool:
        return any(map(request.user.has_perm, permissions))

    def writable(request: HttpRequest) -> bool:
        return any(
            request.user.has_perm(permission.replace(".view_", f".{verb}_"))
            for permission in permissions
            for verb in ("add", "change")
        )

    def opened(request: HttpRequest) -> bool:
        return request.path.startswith(str(link)) and not request.path.startswith(str(below))

    link, below = reverse_lazy(f"admin:{url}"), reverse_lazy(f"admin:{but}")
    item = {
        "name": url,
        "title": title,
        "icon": icon,
        "link": link,
        "permission": allowed,
        "writable": writable,
    }
    return {**item, "active": opened} if but else item


def group(title: str | Promise, *items: dict[str, Any], set_up: bool = False) -> Group:
    """A headed part of the side menu; of ``set_up`` only what a person may change stands in it."""
    return {"title": title, "separator": True, "items": list(items), "set_up": set_up}


NAVIGATION = [
    {"items": [{"title": _("Home"), "icon": "home", "link": reverse_lazy("admin:index")}]},
    group(
        _("Refund desk"),
        entry(
            _("Refund cases"),
            "assignment_return",
            "refunds_refundcase_changelist",
            "refunds.view_refundcase",
        ),
        entry(
            _("Complaints"), "campaign", "refunds_complaint_changelist", "refunds.view_complaint"
        ),
        entry(
            _("For you"), "notifications", "refunds_notice_changelist", "refunds.view_refundcase"
        ),
        entry(_("Orders"), "receipt_long", "orders_order_changelist", "orders.view_order"),
        entry(_("Stock"), "shelves", "orders_stock_changelist", "orders.view_stock"),
        entry(
            _("Order imports"),
            "upload_file",
            "orders_orderimport_changelist",
            "orders.view_orderimport",
        ),
        entry(
            _("Request imports"),
            "move_to_inbox",
            "refunds_requestimport_changelist",
            "refunds.view_requestimport",
        ),
        entry(
            _("Exports"),
            "download",
            "backoffice_exportrun_changelist",
            "orders.export_order",
            "refunds.export_refundcase",
            "refunds.export_payout",
            "backoffice.export_changeentry",
            "backoffice.view_exportrun",
        ),
    ),
    group(
        _("Money"),
        entry(_("Payouts"), "payments", "refunds_payout_changelist", "refunds.view_payout"),
        entry(
            _("Refund batches"),
            "inventory_2",
            "refunds_refundbatch_changelist",
            "refunds.view_refundbatch",
        ),
        entry(
            _("Bank results"),
            "account_balance",
            "refunds_resultimport_changelist",
            "refunds.view_resultimport",
        ),
        entry(
            _("Payout gateways"),
            "alt_route",
            "refunds_payoutgateway_changelist",
            "refunds.view_payoutgateway",
        ),
        entry(
            _("Reconciliation"),
            "balance",
            "refunds_reconciliationday_board",
            "refunds.view_reconciliationday",
        ),
        entry(
            _("Ledger"),
            "menu_book",
            "refunds_ledgerentry_changelist",
            "refunds.view_ledgerentry",
        ),
    ),
    group(
        _("Audit"),
        entry(
            _("Search history"),
            "manage_search",
            "backoffice_changeentry_changelist",
            "backoffice.view_changeentry",
            but="backoffice_changeentry_unusual",
        ),
        entry(
            _("What is unusual"),
            "visibility",
            "backoffice_changeentry_unusual",
            "backoffice.watch_changeentry",
        ),
    ),
    group(
        pgettext_lazy("menu", "Assessments"),
        entry(
            _("Assessments"),
            "fact_check",
            "merchants_assessment_changelist",
            "merchants.view_assessment",
        ),
        entry(
            _("Suppliers"),
            "local_shipping",
            "merchants_supplier_changelist",
            "merchants.view_supplier",
        ),
        entry(
            _("Form templates"),
            "quiz",
            "merchants_formtemplate_changelist",
            "merchants.view_formtemplate",
        ),
    ),
    group(
        _("Set-up"),
        entry(
            _("What if?"), "science", "refunds_policyreplay_changelist", "refunds.view_policyreplay"
        ),
        entry(
            _("Instant rules"), "bolt", "refunds_instantrule_changelist", "refunds.view_instantrule"
        ),
        entry(
            _("Flagged SKUs"), "flag", "refunds_flaggedsku_changelist", "refunds.view_flaggedsku"
        ),
        entry(_("Risk holds"), "pan_tool", "refunds_riskhold_changelist", "refunds.view_riskhold"),
        entry(
            _("Refund policies"),
            "policy",
            "refunds_refundpolicy_changelist",
            "refunds.view_refundpolicy",
        ),
        entry(
            _("Compensation limits"),
            "balance",
            "refunds_compensationlimit_changelist",
            "refunds.view_compensationlimit",
        ),
        entry(
            _("Exempt categories"),
            "assignment_late",
            "refunds_exemptcategory_changelist",
            "refunds.view_exemptcategory",
        ),
        entry(
            _("Grounds of exemption"),
            "gavel",
            "refunds_exemptground_changelist",
            "refunds.view_exemptground",
        ),
        entry(
            _("Checking limits"),
            "verified_user",
            "refunds_checkinglimit_changelist",
            "refunds.view_checkinglimit",
        ),
        entry(_("Cut-offs"), "schedule", "refunds_cutoff_changelist", "refunds.view_cutoff"),
        entry(
            _("Route limits"), "route", "refunds_routelimit_changelist", "refunds.view_routelimit"
        ),
        entry(_("Reasons"), "label", "refunds_reason_changelist", "refunds.view_reason"),
        entry(
            _("Reject codes"), "block", "refunds_rejectcode_changelist", "refunds.view_rejectcode"
        ),
        entry(
            _("Canned replies"),
            "quickreply",
            "refunds_cannedreply_changelist",
            "refunds.view_cannedreply",
        ),
        entry(
            _("Import profiles"),
            "table_view",
            "orders_importprofile_changelist",
            "orders.view_importprofile",
        ),
        entry(
            _("Working calendars"),
            "calendar_month",
            "merchants_workingcalendar_changelist",
            "merchants.view_workingcalendar",
        ),
        entry(_("Stores"), "storefront", "merchants_store_changelist", "merchants.view_store"),
        entry(
            _("Merchants"), "business", "merchants_merchant_changelist", "merchants.view_merchant"
        ),
        entry(
            _("Memberships"),
            "badge",
            "merchants_membership_changelist",
            "merchants.view_membership",
        ),
        entry(
            _("Verifications of history"),
            "verified",
            "backoffice_verification_changelist",
            "backoffice.view_verification",
        ),
        entry(_("Users"), "group", "backoffice_user_changelist", "backoffice.view_user"),
        entry(
            _("Retention rules"),
            "auto_delete",
            "backoffice_retentionrule_changelist",
            "backoffice.view_retentionrule",
        ),
        entry(_("Erasures"), "person_off", "orders_erasure_changelist", "orders.view_erasure"),
        entry(
            _("Readings of personal data"),
            "visibility",
            "backoffice_sensitiveread_changelist",
            "backoffice.view_sensitiveread",
        ),
        set_up=True,
    ),
]


_badges: dict[str, Callable[[HttpRequest], int]] = {}


def register_badge(url: str, count: Callable[[HttpRequest], int]) -> None:
    """Show a number beside the menu's line for ``url``, while it is not zero."""
    _badges[url] = count


def sidebar(request: HttpRequest) -> list[Group]:
    """The side menu of this person: what they may use, and no heading with nothing under it."""
    groups = ({**group, "items": _usable(request, group["items"])} for group in NAVIGATION)
    parts = (part for group in groups for part in _parts(request, group))
    return [part for part in parts if part["items"]]


def _parts(request: HttpRequest, group: Group) -> list[Group]:
    """The set-up in two: what this person may change, and, folded, what they may only read."""
    if not group.get("set_up"):
        return [group]
    mine = [item for item in group["items"] if item["writable"](request)]
    rest = [item for item in group["items"] if item not in mine]
    return [
        {**group, "items": mine},
        {"title": _("Look up"), "separator": True, "folded": True, "items": rest},
    ]


def _usable(request: HttpRequest, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    usable = [item for item in items if "permission" not in item or item["permission"](request)]
    return [_with_badge(request, item) for item in usable]


def _with_badge(request: HttpRequest, item: dict[str, Any]) -> dict[str, Any]:
    source = _badges.get(item.get("name", ""))
    number = source(request) if source else 0
    return {**item, "badge": number, "badge_variant": "info"} if number else item


def static_url(path: str) -> str:
    """The address of a static file, asked for when a page is made, not when settings load."""
    return static(path)


def logo(_request: HttpRequest) -> str:
    """The product's mark."""
    return static_url("backoffice/logo.svg")


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Back-office"),
    "SITE_HEADER": _("Back-office"),
    "SITE_SUBHEADER": _("Refund desk"),
    "SITE_ICON": {"light": logo, "dark": logo},
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": logo}],
    "SITE_URL": None,
    "ACCOUNT": {
        "navigation": [
            {"title": _("One-time codes"), "link": reverse_lazy("admin:second_factor")},
        ],
    },
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "6px",
    "STYLES": [lambda _request: static_url("backoffice/desk.css")],
    "SCRIPTS": [lambda _request: static_url("backoffice/desk.js")],
    "COLORS": {
        "primary": {
            "50": "oklch(97.1% .014 243)",
            "100": "oklch(93.6% .032 243)",
            "200": "oklch(88.2% .059 247)",
            "300": "oklch(80.9% .105 249)",
            "400": "oklch(70.7% .145 252)",
            "500": "oklch(60.5% .175 256)",
            "600": "oklch(52.5% .185 259)",
            "700": "oklch(45.5% .17 261)",
            "800": "oklch(39.5% .14 262)",
            "900": "oklch(35% .11 262)",
            "950": "oklch(26% .08 264)",
        },
    },
    "SIDEBAR": {
        "show_search": False,
        "command_search": False,
        "show_all_applications": False,
        "navigation": sidebar,
    },
}
