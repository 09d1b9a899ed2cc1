"""Bringing a file of refund requests."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.bulk.pages import UploadForm
from merchants.models import Store


class RequestUploadForm(UploadForm):
    """A file of requests, for one of the stores where the person may import them."""

    store = forms.ModelChoiceField(Store.objects.none(), label=_("Store"))
    field_order = ("store", "file")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        stores = Store.objects.within(user, "refunds.import_requests").filter(active=True)
        cast(forms.ModelChoiceField, self.fields["store"]).queryset = stores
        self.fields["file"].widget.attrs["accept"] = ".csv,.txt,.xlsx"
        if not self.is_bound and len(stores) == 1:
            self.initial.setdefault("store", stores[0].pk)
