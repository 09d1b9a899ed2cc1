"""The button that uncovers a buyer's data on the pages of a row, for those who see masks."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path, reverse

from backoffice.admin.guarded import GuardedAdmin
from backoffice.privacy.uncovering import may_uncover, uncover, uncovered


class Uncovering(GuardedAdmin):
    """Pages of rows with masked personal data, which some may see for a reason."""

    def get_urls(self) -> list[Any]:
        """With the address that the button posts to."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_uncover"
        view = self.admin_site.admin_view(self.uncover_view)
        return [path("<int:pk>/uncover/", view, name=name), *super().get_urls()]

    def uncover_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Uncover the row's data for this person (POST), and go back to its page."""
        row = self.require(request, str(pk))
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        uncover(request, row, request.POST.get("reason", ""))
        return redirect(self._address("change", row))

    def uncovering(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the button's template needs: nothing for those who may not press it."""
        if not may_uncover(request, row):
            return {}
        return {
            "uncover_url": self._address("uncover", row),
            "uncovered_because": uncovered(request, row),
        }

    def _address(self, page: str, row: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=[row.pk])
