"""The side menu, each line for those who may use it.

What a person may only read of the set-up stands folded at the end, so that the menu is their work.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
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


def rows(title: str | Promise, icon: str, model: str) -> dict[str, Any]:
    """The line of a model's list, for those who may see its rows."""
    app, _dot, name = model.partition(".")
    return entry(title, icon, f"{app}_{name}_changelist", f"{app}.view_{name}")


def group(title: str | Promise, *items: dict[str, Any], set_up: bool = False) -> Group:
    """A headed part of the side menu; of ``set_up`` only what a person may change stands in it."""
    return {"title": title, "separator": True, "items": list(items), "set_up": set_up}


NAVIGATION = [
    {"items": [{"title": _("Home"), "icon": "home", "link": reverse_lazy("admin:index")}]},
    group(
        _("Refund desk"),
        rows(_("Refund cases"), "assignment_return", "refunds.refundcase"),
        rows(_("Complaints"), "campaign", "refunds.complaint"),
        entry(
            _("For you"), "notifications", "refunds_notice_changelist", "refunds.view_refundcase"
        ),
        rows(_("Orders"), "receipt_long", "orders.order"),
        rows(_("Stock"), "shelves", "orders.stock"),
        rows(_("Order imports"), "upload_file", "orders.orderimport"),
        rows(_("Request imports"), "move_to_inbox", "refunds.requestimport"),
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
        rows(_("Payouts"), "payments", "refunds.payout"),
        rows(_("Refund batches"), "inventory_2", "refunds.refundbatch"),
        rows(_("Bank results"), "account_balance", "refunds.resultimport"),
        rows(_("Payout gateways"), "alt_route", "refunds.payoutgateway"),
        entry(
            _("Reconciliation"),
            "balance",
            "refunds_reconciliationday_board",
            "refunds.view_reconciliationday",
        ),
        rows(_("Ledger"), "menu_book", "refunds.ledgerentry"),
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
        rows(_("Assessments"), "fact_check", "merchants.assessment"),
        rows(_("Suppliers"), "local_shipping", "merchants.supplier"),
        rows(_("Form templates"), "quiz", "merchants.formtemplate"),
    ),
    group(
        _("Set-up"),
        rows(_("What if?"), "science", "refunds.policyreplay"),
        rows(_("Instant rules"), "bolt", "refunds.instantrule"),
        rows(_("Flagged SKUs"), "flag", "refunds.flaggedsku"),
        rows(_("Risk holds"), "pan_tool", "refunds.riskhold"),
        rows(_("Refund policies"), "policy", "refunds.refundpolicy"),
        rows(_("Compensation limits"), "balance", "refunds.compensationlimit"),
        rows(_("Exempt categories"), "assignment_late", "refunds.exemptcategory"),
        rows(_("Grounds of exemption"), "gavel", "refunds.exemptground"),
        rows(_("Checking limits"), "verified_user", "refunds.checkinglimit"),
        rows(_("Cut-offs"), "schedule", "refunds.cutoff"),
        rows(_("Route limits"), "route", "refunds.routelimit"),
        rows(_("Reasons"), "label", "refunds.reason"),
        rows(_("Reject codes"), "block", "refunds.rejectcode"),
        rows(_("Canned replies"), "quickreply", "refunds.cannedreply"),
        rows(_("Import profiles"), "table_view", "orders.importprofile"),
        rows(_("Working calendars"), "calendar_month", "merchants.workingcalendar"),
        rows(_("Stores"), "storefront", "merchants.store"),
        rows(_("Merchants"), "business", "merchants.merchant"),
        rows(_("Memberships"), "badge", "merchants.membership"),
        rows(_("Verifications of history"), "verified", "backoffice.verification"),
        rows(_("Users"), "group", "backoffice.user"),
        rows(_("Retention rules"), "auto_delete", "backoffice.retentionrule"),
        rows(_("Erasures"), "person_off", "orders.erasure"),
        rows(_("Readings of personal data"), "visibility", "backoffice.sensitiveread"),
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
