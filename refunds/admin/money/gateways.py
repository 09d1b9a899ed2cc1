"""Gateways: which store pays through which account, the switch that stops it, and providers' notices."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from backoffice.admin.display import pill
from backoffice.admin.guarded import EditableAdmin, GuardedAdmin, ReasonForm, ScopedRelatedFilter
from refunds.admin.desk_pages import code
from refunds.gateways.accounts import configured
from refunds.models import GatewayNotice, Payout, PayoutGateway

FIXED = ("store", "provider", "account", "channel")
PLATFORM = ("in_use", "per_minute")


class GatewayForm(ReasonForm):
    """An account that the settings of this program know, with its keys."""

    def clean(self) -> dict[str, Any]:
        """Refuse an account without keys: its payouts would wait for ever."""
        given = super().clean() or self.cleaned_data
        provider, account = given.get("provider"), given.get("account")
        if provider and account and (provider, account) not in configured():
            raise ValidationError(
                {
                    "account": _(
                        "The settings of this program do not name %(account)s. Ask the people who "
                        "run it to add it, with its keys."
                    )
                    % {"account": f"{provider}:{account}"}
                }
            )
        return given


@admin.register(PayoutGateway)
class PayoutGatewayAdmin(EditableAdmin):
    """A row per store, provider and account. The platform opens them; finance may pause them."""

    form = GatewayForm
    list_display = ("store", "shown_account", "channel", "state_pill", "per_minute", "open_ones")
    list_display_links = ("store", "shown_account")
    list_filter: ClassVar = [("store", ScopedRelatedFilter), "provider", "paused"]
    list_select_related = ("store",)
    list_before_template = "refunds/gateway_tools.html"
    fields = (*FIXED, "in_use", "paused", "per_minute", "change_reason")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """With how many payouts each has on their way."""
        moving = Q(attempts__ask_at__isnull=False, attempts__payout__state__in=Payout.ON_ITS_WAY)
        rows: QuerySet = super().get_queryset(request)
        return rows.annotate(moving=Count("attempts", filter=moving))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What was sent has to be asked about where it went; the rest but the switch is the platform's."""
        if obj is None:
            return []
        opens = request.user.has_perm("refunds.add_payoutgateway")
        return [*FIXED, *(() if opens else PLATFORM)]

    @display(description=gettext_lazy("account"), ordering="provider")
    def shown_account(self, gateway: PayoutGateway) -> str:
        """Provider and account."""
        return str(gateway)

    @display(description=gettext_lazy("state"), ordering="paused")
    def state_pill(self, gateway: PayoutGateway) -> SafeString:
        """Whether it sends, and whether new batches leave through it."""
        if gateway.paused:
            return pill("warning", _("paused"))
        return pill("ok", _("in use")) if gateway.in_use else pill("retired", _("out of use"))

    @display(description=gettext_lazy("without a definite answer"))
    def open_ones(self, gateway: Any) -> str:
        """How many of its payouts are on their way."""
        return str(gateway.moving or "–")


@admin.register(GatewayNotice)
class GatewayNoticeAdmin(GuardedAdmin):
    """What providers told us, newest first; what is about no payout of ours only the platform sees."""

    list_display = ("received_at", "provider", "account", "shown_number", "status", "is_ours")
    list_filter: ClassVar = ["provider"]
    list_select_related = ("payout",)
    search_fields = ("^number",)
    search_help_text = gettext_lazy("The payout's number, from its beginning.")
    fields = ("received_at", "provider", "account", "event", "number", "status", "payout")

    @display(description=gettext_lazy("number"), ordering="number")
    def shown_number(self, notice: GatewayNotice) -> SafeString:
        """The number, on one line."""
        return code(notice.number or "–")

    @display(description=gettext_lazy("about a payout of ours"), boolean=True)
    def is_ours(self, notice: GatewayNotice) -> bool:
        """Whether we know its number."""
        return notice.payout_id is not None
