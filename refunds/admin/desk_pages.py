"""What the pages about money share: a frame, and the pieces that they are put together from."""

from collections.abc import Iterable
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from backoffice import money
from backoffice.actors import Actor, person
from backoffice.admin.display import pill
from backoffice.admin.guarded import GuardedAdmin
from backoffice.models import User
from refunds.models import Payout


class DeskAdmin(GuardedAdmin):
    """A read-only list whose rows have a page of their own in place of the form."""

    row_template: str
    list_fullwidth = True

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The row's page; any other request goes the guarded way, which refuses it."""
        if object_id is None or request.method not in ("GET", "HEAD"):
            return super().changeform_view(request, object_id, form_url, extra_context)
        return self.row_page(request, self.require(request, object_id))

    def row_page(
        self, request: HttpRequest, row: Any, status: int = 200, **more: Any
    ) -> HttpResponse:
        """The page of ``row``; ``more`` is what one request adds to it."""
        context = {**self.row_context(request, row), **more}
        return self.page(request, self.row_template, str(row), context, status)

    def row_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the row's page shows."""
        raise NotImplementedError

    def page(
        self,
        request: HttpRequest,
        template: str,
        title: Any,
        context: dict[str, Any],
        status: int = 200,
    ) -> HttpResponse:
        """A page inside the admin's frame."""
        base = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        return TemplateResponse(request, template, {**base, **context}, status=status)


def actor_of(request: HttpRequest) -> Actor:
    """The person at the other end; the site lets nobody in who has not signed in."""
    return person(cast(User, request.user))


def state_pill(row: Any) -> SafeString:
    """A row's state as a pill."""
    return pill(row.state, row.get_state_display())


def code(number: str) -> SafeString:
    """A number that is not broken over two lines."""
    return format_html('<span class="desk-code">{}</span>', number)


def shown(payouts: Iterable[Payout]) -> list[dict[str, Any]]:
    """Payouts as rows of a table."""
    return [
        {
            "payout": payout,
            "amount": money.show(payout.amount, payout.currency),
            "pill": state_pill(payout),
        }
        for payout in payouts
    ]
