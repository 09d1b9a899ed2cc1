"""When a store works: opening hours, public holidays, and days that are different."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice.audit.models import Audited
from backoffice.languages import in_language


class WorkingCalendar(Audited):
    """The hours in which a store's clock runs. A store without one works around the clock."""

    shared = True

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    name_zh = models.CharField(_("name (Chinese)"), max_length=100, blank=True)
    country = models.CharField(
        _("public holidays of"),
        max_length=2,
        blank=True,
        help_text=_("ISO 3166 code of the country, like CN. Empty: no public holidays."),
    )

    class Meta:
        verbose_name = _("working calendar")
        verbose_name_plural = _("working calendars")
        ordering = ("code",)
        default_permissions = ("add", "change", "view")

    def __str__(self) -> str:
        return in_language(self.name, self.name_zh)


class WorkingHours(Audited):
    """One stretch of one weekday in which the store works, in the store's own time."""

    shared = True
    part_of = "calendar"

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    calendar = models.ForeignKey(
        WorkingCalendar, models.PROTECT, related_name="hours", verbose_name=_("working calendar")
    )
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"), help_text=_("00:00 means the end of the day."))
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        ordering = ("calendar", "weekday", "opens")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint("calendar", "weekday", "opens", name="hours_once_per_start"),
            models.CheckConstraint(
                name="hours_open_before_they_close",
                condition=Q(opens__lt=F("closes")) | Q(closes="00:00:00"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"


class SpecialDay(Audited):
    """A day that differs from its weekday: closed, or worked although it would be free."""

    shared = True
    part_of = "calendar"

    calendar = models.ForeignKey(
        WorkingCalendar,
        models.PROTECT,
        related_name="special_days",
        verbose_name=_("working calendar"),
    )
    day = models.DateField(_("day"))
    open = models.BooleanField(
        _("open"), default=False, help_text=_("On: worked like a Monday. Off: closed.")
    )
    note = models.CharField(_("note"), max_length=100)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("special day")
        verbose_name_plural = _("special days")
        ordering = ("calendar", "day")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint("calendar", "day", name="special_day_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.note}"
