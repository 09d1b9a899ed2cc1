"""Working calendars: set up by the platform, read by everyone whose clocks run by them."""

from datetime import timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from backoffice.admin.guarded import EditableAdmin, GuardedInline
from merchants import calendars, public_holidays
from merchants.calendar_forms import CalendarForm, HoursFormSet, SpecialDaysFormSet, StretchForm
from merchants.models import SpecialDay, WorkingCalendar, WorkingHours
from merchants.schedules import Schedule

DAYS_AHEAD = 28


class CalendarInline(GuardedInline):
    """Rows of a calendar, for whoever may change calendars. They are switched off, not deleted.

    Hours and days are the store's own: the theme's fields would warn of the reader's time zone.
    """

    ordering: tuple[str, ...] = ()
    formfield_overrides: ClassVar = {
        models.TimeField: {"widget": UnfoldAdminTextInputWidget(attrs={"type": "time"})},
        models.DateField: {"widget": UnfoldAdminTextInputWidget(attrs={"type": "date"})},
    }

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the person may change calendars."""
        return request.user.has_perm("merchants.change_workingcalendar")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the person may change calendars."""
        return self.has_add_permission(request, obj)


class HoursInline(CalendarInline):
    """The hours of each weekday."""

    model = WorkingHours
    form = StretchForm
    formset = HoursFormSet
    ordering = ("weekday", "opens")

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """A row per weekday for a new calendar; a spare one later."""
        return 1 if obj else len(WorkingHours.Weekday)


class SpecialDaysInline(CalendarInline):
    """The days that differ from their weekday."""

    model = SpecialDay
    formset = SpecialDaysFormSet
    fields = ("day", "open", "note", "active")
    ordering = ("-day",)
    extra = 1


@admin.register(WorkingCalendar)
class WorkingCalendarAdmin(EditableAdmin):
    """Calendars with their hours and special days."""

    form = CalendarForm
    list_display = ("shown_name", "code", "country")
    list_display_links = ("shown_name", "code")
    search_fields = ("code", "name", "name_zh")
    inlines = (HoursInline, SpecialDaysInline)
    fieldsets = ((None, {"fields": ("code", "name", "name_zh", "country", "change_reason")}),)
    change_form_outer_after_template = "merchants/calendar_days.html"

    @admin.display(description=gettext_lazy("name"), ordering="name")
    def shown_name(self, row: WorkingCalendar) -> str:
        """The name in the reader's language."""
        return str(row)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A code is given once."""
        return ("code",) if obj else ()

    def get_formset_kwargs(
        self, request: HttpRequest, obj: Any, inline: Any, prefix: str
    ) -> dict[str, Any]:
        """A new calendar's rows begin with the weekdays; a row without hours is not saved."""
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        if isinstance(inline, HoursInline) and not obj.pk:
            kwargs["initial"] = [{"weekday": day} for day in WorkingHours.Weekday.values]
        return kwargs

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The form, and what it means for the next weeks."""
        row = self.get_object(request, object_id) if object_id else None
        context = {"days": days_ahead(row) if row else [], **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)


def days_ahead(calendar: WorkingCalendar) -> list[dict[str, Any]]:
    """The next weeks by this calendar: each day's hours on the wall, and why they differ."""
    schedule, first = calendars.read(calendar, ZoneInfo("UTC")), localdate()
    days = [first + timedelta(days=n) for n in range(DAYS_AHEAD)]
    notes = dict(calendar.special_days.filter(active=True).values_list("day", "note"))
    return [
        {
            "day": day,
            "hours": [f"{a:%H:%M}–{b:%H:%M}" for a, b in sorted(schedule.hours(day))],
            "why": notes.get(day) or _why(schedule, day),
        }
        for day in days
    ]


def _why(schedule: Schedule, day: Any) -> str:
    if public_holidays.is_made_up(schedule.country, day):
        return _("Worked in exchange for a holiday")
    return _("Public holiday") if public_holidays.is_free(schedule.country, day) else ""
