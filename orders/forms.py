"""The forms of the orders' pages: an upload, and an import profile that can work."""

from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.admin.guarded import ReasonForm
from backoffice.bulk.pages import UploadForm
from backoffice.money import objection_to
from merchants.models import Store
from orders.loading.fields import FIELDS, REQUIRED
from orders.loading.recognising import profile_for
from orders.models import ImportProfile

PROBE = datetime(2024, 11, 23, 13, 45, 10)  # noqa: DTZ001 – no field of it reads like another


class OrderUploadForm(UploadForm):
    """An order file, for one of the person's own stores, read by a profile."""

    store = forms.ModelChoiceField(Store.objects.none(), label=gettext_lazy("Store"))
    profile = forms.ModelChoiceField(
        ImportProfile.objects.none(),
        label=gettext_lazy("Import profile"),
        required=False,
        empty_label=gettext_lazy("Recognise by the headings"),
        help_text=gettext_lazy("How this channel writes its files."),
    )
    field_order = ("store", "profile", "file")

    def clean(self) -> dict[str, Any]:
        """Without a chosen profile, the one that knows the file's headings."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("file") and not data.get("profile") and "profile" not in self.errors:
            data["profile"] = profile_for(data["file"])
        return data

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        stores = Store.objects.within(user, "orders.import_order").filter(active=True)
        for name, choices in (
            ("store", stores),
            ("profile", ImportProfile.objects.visible_to(user)),
        ):
            cast(forms.ModelChoiceField, self.fields[name]).queryset = choices
        self.fields["file"].widget.attrs["accept"] = ".csv,.txt,.tsv,.xlsx"
        if not self.is_bound and len(stores) == 1:
            self.initial.setdefault("store", stores[0].pk)


class ProfileForm(ReasonForm):
    """A profile whose columns, time zone, dates and currency can work."""

    class Meta:
        model = ImportProfile
        fields = "__all__"

    def clean_columns(self) -> dict[str, str]:
        """From fields that we know to names of columns; the needed ones are there, none is twice."""
        columns = self.cleaned_data["columns"]
        if not isinstance(columns, dict) or not all(
            isinstance(name, str) for name in columns.values()
        ):
            raise forms.ValidationError(_("Write one object: our field, then the file's column."))
        unknown = sorted(set(columns) - set(FIELDS))
        if unknown:
            raise forms.ValidationError(
                _("There is no field %(unknown)s. There are: %(fields)s.")
                % {"unknown": ", ".join(unknown), "fields": ", ".join(FIELDS)}
            )
        missing = [field for field in REQUIRED if not columns.get(field, "").strip()]
        if missing:
            raise forms.ValidationError(
                _("Say which column is: %(fields)s.") % {"fields": ", ".join(missing)}
            )
        used = [name.strip() for name in columns.values() if name.strip()]
        if len(used) != len(set(used)):
            raise forms.ValidationError(_("Two fields are read from the same column."))
        return {field: name.strip() for field, name in columns.items() if name.strip()}

    def clean_time_zone(self) -> str:
        """A zone that exists."""
        name = self.cleaned_data["time_zone"]
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise forms.ValidationError(
                _("There is no time zone “%(name)s”. Write it like Asia/Shanghai.") % {"name": name}
            ) from None
        return name

    def clean_date_format(self) -> str:
        """A format that says year, month and day, and reads what it writes."""
        pattern = self.cleaned_data["date_format"]
        try:
            same = datetime.strptime(PROBE.strftime(pattern), pattern).date() == PROBE.date()  # noqa: DTZ007 – a date has no zone
        except ValueError:
            same = False
        if not same:
            raise forms.ValidationError(
                _("This does not describe a whole date. Write it like %(example)s.")
                % {"example": "%d/%m/%Y %H:%M"}
            )
        return pattern

    def clean_currency(self) -> str:
        """A currency that amounts can be kept in, or none."""
        code = self.cleaned_data["currency"].upper()
        if code and (why := objection_to(code)):
            raise forms.ValidationError(why)
        return code

    def clean_freight_skus(self) -> list[str]:
        """A list of SKUs."""
        skus = self.cleaned_data["freight_skus"] or []
        if not isinstance(skus, list) or not all(isinstance(sku, str) and sku for sku in skus):
            raise forms.ValidationError(_('Write a list of SKUs, for example ["POST"].'))
        return skus
