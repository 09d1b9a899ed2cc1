"""How a bank's file is brought: for one batch on its page, or for whatever of a store it answers."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.bulk.pages import UploadForm
from merchants.models import Store
from refunds.results import PERMISSION

ACCEPTED = ".csv,.txt,.xlsx,.xml"
FILE_HELP = _(
    "CSV or XLSX with the columns number, amount, currency, status and reason, or the bank's XML."
)


def final_field() -> forms.BooleanField:
    """Whether the bank has said all that it will say."""
    return forms.BooleanField(
        label=_("The bank will send nothing more for these batches"),
        required=False,
        help_text=_(
            "Payouts without a definite answer become unknown: somebody has to ask the bank. You can "
            "still decide this when you apply the file."
        ),
    )


class ResultForm(forms.Form):
    """The bank's file about one batch."""

    file = forms.FileField(
        label=_("The bank's result file"),
        help_text=FILE_HELP,
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        error_messages={
            "empty": _("This file is empty. Choose a file with a header and at least one row.")
        },
    )
    final = final_field()


class ResultUploadForm(UploadForm):
    """The bank's file about the batches of one of the person's own stores."""

    store = forms.ModelChoiceField(Store.objects.none(), label=_("Store"))
    final = final_field()
    field_order = ("store", "file", "final")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        stores = Store.objects.within(user, PERMISSION)
        cast(forms.ModelChoiceField, self.fields["store"]).queryset = stores
        self.fields["file"].widget.attrs["accept"] = ACCEPTED
        self.fields["file"].help_text = FILE_HELP
        if not self.is_bound and len(stores) == 1:
            self.initial.setdefault("store", stores[0].pk)
