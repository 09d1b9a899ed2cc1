"""Keys of people, and who read what was sealed under them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.access import Scoped


class PersonKey(models.Model):
    """The key of one person's data, wrapped under a master key; without it the data are noise.

    ``subject`` says who it is in the words of the app that knows them. Kept without history: a version
    would keep the key that an erasure destroys. A destroyed key stays destroyed; what is kept of the person
    afterwards gets a new one.
    """

    subject = models.CharField(_("person"), max_length=140)
    store = models.PositiveBigIntegerField(
        _("store"), help_text=_("Where the person is known, by the store's id.")
    )
    wrapped = models.BinaryField(_("wrapped key"), null=True)
    made_at = models.DateTimeField(_("made at"))
    destroyed_at = models.DateTimeField(_("destroyed at"), null=True)

    class Meta:
        default_permissions = ()
        permissions = [
            ("see_personal", _("Can see buyers' personal data")),
            ("uncover_personal", _("Can uncover buyers' personal data, with a reason")),
        ]
        constraints = [
            models.UniqueConstraint(
                "subject", condition=Q(destroyed_at=None), name="person_key_one_alive"
            ),
            models.CheckConstraint(
                name="person_key_there_or_destroyed",
                condition=Q(destroyed_at=None, wrapped__isnull=False)
                | Q(destroyed_at__isnull=False, wrapped=None),
            ),
        ]

    def __str__(self) -> str:
        return self.subject


class PersonWord(models.Model):
    """A word of a person's name as it is found again: its mark, which tells nothing without a key of ours.

    Goes when the person's key goes.
    """

    person = models.ForeignKey(PersonKey, models.CASCADE, related_name="words")
    mark = models.CharField(max_length=32)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint("mark", "person", name="person_word_once")]


class SensitiveRead(Scoped):
    """One page or file in which somebody was shown personal data in clear. Written once."""

    shared = True

    MOST: ClassVar[int] = 200  # rows that are named; all are counted

    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who")
    )
    reader_name = models.CharField(_("name"), max_length=200)
    role = models.TextField(_("role"), blank=True)
    at = models.DateTimeField(_("read at"), db_index=True)
    page = models.CharField(_("page"), max_length=300)
    request_id = models.CharField(_("request id"), max_length=32)
    reason = models.CharField(
        _("reason"), max_length=300, blank=True, help_text=_("Where it was uncovered for one.")
    )
    values = models.PositiveIntegerField(_("values"), help_text=_("How many were shown."))
    rows = models.JSONField(_("rows and fields"), default=list)

    class Meta:
        verbose_name = _("reading of personal data")
        verbose_name_plural = _("readings of personal data")
        ordering = ("-pk",)
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.reader_name}: {self.page}"
