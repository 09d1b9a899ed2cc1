"""The ledger for people: every movement of money, and what is on each account."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice import money
from backoffice.admin.guarded import ScopedRelatedFilter
from backoffice.audit.timeline import versions_of
from backoffice.exceptions import BackofficeError, NotAllowed
from merchants.models import Merchant, Store
from refunds.admin.desk_pages import DeskAdmin, actor_of, code
from refunds.admin.money.ledger_forms import DepositForm
from refunds.ledger.balances import Balance, balances
from refunds.ledger.deposits import BOOK, book
from refunds.models import Account, LedgerEntry

SEE = "refunds.view_account"


@admin.register(LedgerEntry)
class LedgerEntryAdmin(DeskAdmin):
    """Newest first; nothing here is ever changed."""

    list_display = ("at", "kind", "credit", "debit", "shown_amount", "case_code", "payout_code")
    list_filter: ClassVar = ["kind", ("store", ScopedRelatedFilter)]
    list_select_related = (
        "case", "payout", "credit__store", "credit__merchant", "debit__store", "debit__merchant",
    )  # fmt: skip
    list_before_template = "refunds/ledger_tools.html"
    search_fields = ("^payout__number", "^case__number", "^reference")
    search_help_text = _("The payout's, the case's or the bank's number, from its beginning.")
    row_template = "refunds/ledger_entry.html"

    @display(description=_("amount"), ordering="amount")
    def shown_amount(self, entry: LedgerEntry) -> str:
        """The amount with its currency."""
        return money.show(entry.amount, entry.currency)

    @display(description=_("refund case"))
    def case_code(self, entry: LedgerEntry) -> SafeString:
        """The case's number, on one line."""
        return code(entry.case.number if entry.case else "–")

    @display(description=_("payout"))
    def payout_code(self, entry: LedgerEntry) -> SafeString:
        """The payout's number – of a deposit, the bank's reference."""
        return code(entry.payout.number if entry.payout else entry.reference)

    def row_context(self, request: HttpRequest, entry: LedgerEntry) -> dict[str, Any]:
        """Facts, links and history."""
        sees = request.user.has_perm
        return {
            "entry": entry,
            "amount": money.show(entry.amount, entry.currency),
            "sees_case": entry.case and sees("refunds.view_refundcase", entry.case),
            "sees_payout": entry.payout and sees("refunds.view_payout", entry.payout),
            "entries": versions_of(entry),
        }

    def accounts_view(self, request: HttpRequest) -> HttpResponse:
        """GET shows what is on each account; POST books a deposit."""
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        if not request.user.has_perm(SEE):
            raise NotAllowed
        if request.method == "POST":
            return self._book(request)
        return self._accounts(request, DepositForm())

    def _book(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(BOOK):
            raise NotAllowed
        form = DepositForm(request.POST)
        if not form.is_valid():
            return self._accounts(request, form, status=400)
        given = form.cleaned_data
        try:
            entry = book(merchant_id=given.pop("merchant").pk, actor=actor_of(request), **given)
        except BackofficeError as refusal:
            return self._accounts(request, form, status=refusal.status, refusal=refusal)
        told = {"movement": entry.get_kind_display(), "reference": entry.reference}
        messages.success(request, gettext("%(movement)s: %(reference)s is booked.") % told)
        return redirect("admin:refunds_ledgerentry_accounts")

    def _accounts(
        self, request: HttpRequest, form: DepositForm, status: int = 200, **more: Any
    ) -> HttpResponse:
        rows = Account.objects.visible_to(request.user).filter(kind__in=Account.OF_A_STORE)
        ordered = rows.select_related("store").order_by("store__name", "currency", "pk")
        context = {
            "stores": by_store(balances(ordered)),
            "deposits": [_shown(row) for row in balances(_deposits(request))],
            "form": form if request.user.has_perm(BOOK) else None,
            **more,
        }
        return self.page(request, "refunds/accounts.html", gettext("Accounts"), context, status)

    def get_urls(self) -> list[Any]:
        """The accounts, before Django's own pages."""
        view = self.admin_site.admin_view(self.accounts_view)
        return [path("accounts/", view, name="refunds_ledgerentry_accounts"), *super().get_urls()]


def _deposits(request: HttpRequest) -> Any:
    """The guarantee deposits of merchants whose every store's books the person may read.

    What one store's advance takes out of a deposit is not for the people of another to work out.
    """
    own = Store.objects.within(request.user, SEE)
    others = Store.objects.exclude(pk__in=own.values("pk"))
    merchants = Merchant.objects.within(request.user, SEE).exclude(stores__in=others)
    rows = Account.objects.filter(kind=Account.Kind.DEPOSIT, merchant__in=merchants)
    return rows.select_related("merchant").order_by("merchant__name", "currency")


def _shown(row: Balance) -> dict[str, Any]:
    return {
        "owner": row.account.store or row.account.merchant,
        "currency": row.account.currency,
        "amount": money.show(row.amount, row.account.currency),
        "below": row.amount < 0,
    }


def by_store(rows: list[Balance]) -> list[dict[str, Any]]:
    """One line per store and currency: what its buyers got, and what is on its way to them."""
    lines: dict[tuple[int | None, str], dict[str, Any]] = {}
    for row in rows:
        line = lines.setdefault((row.account.store_id, row.account.currency), _shown(row))
        line[row.account.kind] = money.show(abs(row.amount), row.account.currency)
    return list(lines.values())
