"""Opening a case for a buyer, from the order's page."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.forms.boundfield import BoundField
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from backoffice.actors import person
from backoffice.exceptions import BackofficeError, NotAllowed, NotFound
from orders.models import Order
from refunds import caps
from refunds.admin.cases.framed import CasePages
from refunds.forms.amounts import name_currency
from refunds.forms.files import EvidenceField
from refunds.forms.opening import CompensationFields
from refunds.forms.reasons import ReasonSelect
from refunds.intake import LineRequest, Request, open_case
from refunds.intake.checking import objection_to
from refunds.models import Kind, Reason, RefundCase


class OpenCaseForm(CompensationFields):
    """What the buyer asks for, and of which pieces: one quantity field per order line."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices)
    reason = forms.ModelChoiceField(
        label=_("Reason"), queryset=Reason.objects.filter(active=True), widget=ReasonSelect
    )
    reason_text = forms.CharField(
        label=_("In the buyer's words"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    freight = forms.DecimalField(
        label=_("Freight to refund"), required=False, min_value=0, max_digits=12, decimal_places=2
    )
    not_exempt_because = forms.CharField(
        label=_("Why it is not exempt"),
        required=False,
        max_length=200,
        help_text=_(
            "For a return without a reason of goods that may be exempt from it: the seal is whole, or "
            "nobody confirmed that they cannot be returned."
        ),
    )
    file = EvidenceField(label=_("Evidence"), required=False)

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_currency(self, order.currency)
        left = caps.balance(order)
        self.order_lines = list(order.lines.all())
        for line in self.order_lines:
            self.fields[f"line_{line.pk}"] = forms.IntegerField(
                label=str(line),
                required=False,
                min_value=0,
                max_value=line.quantity,
                help_text=_("%(left)d of %(bought)d left")
                % {"left": max(left.quantities[line.pk], 0), "bought": line.quantity},
            )

    def clean(self) -> dict[str, Any]:
        """A reason that is for the kind; a page without scripts offers all of them."""
        data = super().clean()
        kind, reason = data.get("kind"), data.get("reason")
        if kind and reason and (why := objection_to(reason, kind)):
            self.add_error("reason", why)
        return data

    def for_pieces(self) -> list[BoundField]:
        """How many of each order line."""
        return [self[f"line_{line.pk}"] for line in self.order_lines]

    def for_all(self) -> list[BoundField]:
        """The fields of no other part."""
        pieces = {field.name for field in self.for_pieces()}
        return [field for field in super().for_all() if field.name not in pieces]

    def request(self) -> Request:
        """The cleaned form as the service's request."""
        data = self.cleaned_data
        chosen = ((line.pk, data.get(f"line_{line.pk}") or 0) for line in self.order_lines)
        return Request(
            kind=data["kind"],
            reason_code=data["reason"].code,
            lines=[LineRequest(pk, quantity) for pk, quantity in chosen if quantity],
            freight=data["freight"] or Decimal(0),
            reason_text=data["reason_text"],
            files=data["file"],
            not_exempt_because=data["not_exempt_because"],
            **self.compensation(),
        )


def _opened(case: RefundCase) -> Any:
    """What the person is told about the new case."""
    if case.rule_id is not None:
        return _("The case is open, and a rule approved it at once.")
    return _("The case is open. Its clock is running.")


class OpenCasePage(CasePages):
    """The page behind “Open a case” on an order."""

    def open_view(self, request: HttpRequest, order_id: int) -> HttpResponse:
        """GET shows the form; POST opens the case and leads to it."""
        order = Order.objects.visible_to(request.user).filter(pk=order_id).first()
        if order is None:
            raise NotFound
        if not request.user.has_perm("refunds.open_refundcase", order):
            raise NotAllowed
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        form = OpenCaseForm(request.POST or None, request.FILES or None, order=order)
        if request.method == "POST" and form.is_valid():
            try:
                case = open_case(
                    order_id=order.pk, actor=person(request.user), request=form.request()
                )
            except BackofficeError as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _opened(case))
                return redirect("admin:refunds_refundcase_change", case.pk)
        status = 200 if request.method != "POST" else 400
        return self.framed(
            request, "refunds/case_open.html", None, {"form": form, "order": order}, status
        )
