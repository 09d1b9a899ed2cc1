"""What people fill in about statements and differences."""

from typing import Any, cast

from django import forms
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.bulk.pages import UploadForm
from backoffice.models import User
from merchants.models import Store
from merchants.people import holders
from refunds.models import Difference, PayoutGateway, RefundBatch
from refunds.reconciliation.finding import account_of
from refunds.reconciliation.handling import EXPLAIN
from refunds.reconciliation.statements import LOAD


class StatementForm(UploadForm):
    """A statement about the account of one of the person's own stores."""

    store = forms.ModelChoiceField(Store.objects.none(), label=gettext_lazy("Store"))
    day_from = forms.DateField(
        label=gettext_lazy("From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("The days that it tells of, if nothing was booked on some of them."),
    )
    day_until = forms.DateField(
        label=gettext_lazy("Until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    gateway = forms.ModelChoiceField(
        PayoutGateway.objects.none(),
        label=gettext_lazy("Account"),
        required=False,
        empty_label=gettext_lazy("The store's bank account"),
    )
    former = forms.ChoiceField(
        label=gettext_lazy("Former bank account"),
        required=False,
        help_text=gettext_lazy("Of a store that has another account by now."),
    )
    field_order = ("store", "gateway", "former", "file", "day_from", "day_until")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        stores = Store.objects.within(user, LOAD)
        gateways = PayoutGateway.objects.within(user, LOAD).select_related("store")
        for name, rows in (("store", stores), ("gateway", gateways)):
            cast(forms.ModelChoiceField, self.fields[name]).queryset = rows
        self._offer_former(stores)
        self.fields["file"].widget.attrs["accept"] = ".csv,.txt,.xlsx,.xml"
        self.fields["file"].help_text = _(
            "CSV or XLSX with the columns number, amount, currency, booked_on, direction, "
            "bank_reference, reason and returned, or camt.053."
        )
        if not self.is_bound and len(stores) == 1:
            self.initial.setdefault("store", stores[0].pk)

    def _offer_former(self, stores: QuerySet[Store]) -> None:
        """The accounts that batches were paid from and that are no store's any more, if there are any."""
        paid = RefundBatch.objects.filter(store__in=stores, gateway=None).exclude(account="")
        former = paid.exclude(account=F("store__account")).order_by("store__name", "account")
        rows = former.values_list("store", "store__name", "account").distinct()
        self.accounts = {f"{pk} {account}": (pk, account) for pk, _name, account in rows}
        labels = [(f"{pk} {account}", f"{name} · {account}") for pk, name, account in rows]
        cast(forms.ChoiceField, self.fields["former"]).choices = [("", "–"), *labels]
        if not labels:
            del self.fields["former"]

    def clean(self) -> dict[str, Any]:
        """Both days or none, in their order; one account, of the store."""
        data: dict[str, Any] = super().clean() or {}
        first, last = data.get("day_from"), data.get("day_until")
        if bool(first) != bool(last):
            self.add_error("day_until", _("Write both days, or none."))
        elif first and last and last < first:
            self.add_error("day_until", _("This is before the first day."))
        gateway, store = data.get("gateway"), data.get("store")
        if gateway and store and gateway.store_id != store.pk:
            self.add_error("gateway", _("This gateway belongs to another store."))
        former, _account = self.accounts.get(data.get("former", ""), (None, ""))
        if former and gateway:
            self.add_error("former", _("Choose one account: a gateway's, or a former one."))
        elif former and store and former != store.pk:
            self.add_error("former", _("This account belongs to another store."))
        return data

    def owner(self) -> dict[str, Any]:
        """The store, its account, and the days."""
        owner = super().owner()
        gateway, former = owner.pop("gateway"), owner.pop("former", "")
        if former:
            return {**owner, "account": self.accounts[former][1]}
        account = account_of(gateway) if gateway else self.cleaned_data["store"].account
        return {**owner, "account": account}


class AssignForm(forms.Form):
    """Who looks into it?"""

    about_row = True

    colleague = forms.ModelChoiceField(
        label=gettext_lazy("Colleague"),
        queryset=User.objects.none(),
        required=False,
        empty_label=gettext_lazy("nobody"),
    )

    def __init__(self, *args: Any, row: Difference, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = holders(EXPLAIN, row.store)
        cast(forms.ModelChoiceField, self.fields["colleague"]).queryset = people
        self.initial["colleague"] = row.assignee_id


class ExplainForm(forms.Form):
    """Why does it differ?"""

    code = forms.ChoiceField(
        label=gettext_lazy("Cause"), choices=[("", "–"), *Difference.Code.choices]
    )
    text = forms.CharField(
        label=gettext_lazy("Explanation"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Another person has to agree to it: say how you know."),
    )
