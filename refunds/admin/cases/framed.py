"""What the pages of a case share: the admin's frame around them."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from backoffice.admin.guarded import GuardedAdmin
from refunds.models import RefundCase


class CasePages(GuardedAdmin):
    """Pages of refund cases."""

    def framed(
        self,
        request: HttpRequest,
        template: str,
        case: RefundCase | None,
        context: dict[str, Any],
        status: int = 200,
    ) -> HttpResponse:
        """One of the case's own pages inside the admin's frame."""
        title = case.number if case else _("Open a case")
        return self.page(request, template, title, {"case": case, **context}, status)
