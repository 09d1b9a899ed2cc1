"""What the pages about money share: a frame, and the pieces that they are put together from."""

from collections.abc import Iterable
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from backoffice import money
from backoffice.actors import Actor, person
from backoffice.admin.display import pill
from backoffice.admin.guarded import GuardedAdmin
from backoffice.models import User
from refunds.models import Payout, RefundBatch
from refunds.payouts import destinations

ORIGINAL = Payout.Method.ORIGINAL


class DeskAdmin(GuardedAdmin):
    """A read-only list whose rows have a page of their own in place of the form."""

    row_template: str
    list_fullwidth = True

    def object_page(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """The row's page."""
        return self.row_page(request, obj)

    def row_page(
        self, request: HttpRequest, row: Any, status: int = 200, **more: Any
    ) -> HttpResponse:
        """The page of ``row``; ``more`` is what one request adds to it."""
        context = {**self.row_context(request, row), **more}
        return self.page(request, self.row_template, str(row), context, status)

    def row_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the row's page shows."""
        raise NotImplementedError


def actor_of(request: HttpRequest) -> Actor:
    """The person at the other end; the site lets nobody in who has not signed in."""
    return person(cast(User, request.user))


def state_pill(row: Any) -> SafeString:
    """A row's state as a pill."""
    return pill(row.state, row.get_state_display())


def code(number: str) -> SafeString:
    """A number that is not broken over two lines."""
    return format_html('<span class="desk-code">{}</span>', number)


def way_label(row: Payout | RefundBatch) -> str:
    """How a payout or a batch goes: the original route by its channel."""
    label = row.get_method_display()
    return f"{label} · {row.channel}" if row.channel and row.method == ORIGINAL else label


def shown(payouts: Iterable[Payout], user: Any) -> list[dict[str, Any]]:
    """Payouts as rows of a table, as ``user`` may see them."""
    payouts = list(payouts)
    where = destinations.shown_all(payouts, user)
    return [
        {
            "payout": payout,
            "destination": where[payout],
            "amount": money.show(payout.amount, payout.currency),
            "pill": state_pill(payout),
        }
        for payout in payouts
    ]
