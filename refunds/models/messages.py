"""What is said about a case: to the buyer, to the platform, and among colleagues."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.access import Scoped, ScopedQuerySet
from backoffice.accounts.account import AbstractAccount
from backoffice.audit.models import Audited
from backoffice.exceptions import BackofficeError
from backoffice.languages import in_language
from backoffice.privacy.fields import PersonalTextField
from backoffice.privacy.keys import Subject
from merchants.models import Store
from refunds.models.cases import RefundCase
from refunds.models.words import Party
from refunds.talking import placeholders


class MessageFixed(BackofficeError):
    """What was said was said."""

    message = _("A message stays as it was written. Write another one.")
    status = 409


class Message(Audited):
    """One message of the thread between buyer, store and platform, or a note among colleagues.

    Written once, and never changed.
    """

    store_lookup = "case__store"
    part_of = "case"

    case = models.ForeignKey(
        RefundCase, models.PROTECT, related_name="messages", verbose_name=_("refund case")
    )
    party = models.CharField(
        pgettext_lazy("conversation", "from"), max_length=10, choices=Party.choices
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("written down by"),
    )
    internal = models.BooleanField(
        _("internal"), default=False, help_text=_("On: the buyer never sees it.")
    )
    body = PersonalTextField(_("text"), max_length=2000)
    sent_at = models.DateTimeField(_("sent at"))

    class Meta:
        verbose_name = pgettext_lazy("conversation", "message")
        verbose_name_plural = pgettext_lazy("conversation", "messages")
        ordering = ("sent_at", "pk")
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                name="message_internal_is_not_the_buyers",
                condition=Q(internal=False) | ~Q(party="buyer"),
            ),
            models.CheckConstraint(name="message_says_something", condition=~Q(body="")),
        ]

    def __str__(self) -> str:
        return str(self.body)[:60]

    @property
    def data_subject(self) -> Subject:
        """The buyer whose case it is."""
        return self.case.data_subject

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep a new message; raises ``MessageFixed`` for any change."""
        if not self._state.adding:
            raise MessageFixed
        super().save(*args, **kwargs)


class CannedReply(Audited):
    """A text that is used again and again, with placeholders like ``{buyer}``."""

    store_lookup = "store"

    store = models.ForeignKey(Store, models.PROTECT, related_name="+", verbose_name=_("store"))
    title = models.CharField(_("title"), max_length=100)
    title_zh = models.CharField(_("title (Chinese)"), max_length=100, blank=True)
    body = models.TextField(_("text"), max_length=2000)
    body_zh = models.TextField(_("text (Chinese)"), max_length=2000, blank=True)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("canned reply")
        verbose_name_plural = _("canned replies")
        ordering = ("title",)
        default_permissions = ("add", "change", "view")
        constraints = [
            models.UniqueConstraint("store", "title", name="canned_reply_title_once_per_store")
        ]

    def __str__(self) -> str:
        return in_language(self.title, self.title_zh)

    def clean(self) -> None:
        """Refuse a placeholder that there is not, in the field where it stands."""
        wrong: dict[str, ValidationError] = {}
        for name in ("body", "body_zh"):
            try:
                placeholders.check(getattr(self, name))
            except ValidationError as error:
                wrong[name] = error
        if wrong:
            raise ValidationError(wrong)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the reply, if its placeholders are known."""
        self.clean()
        super().save(*args, **kwargs)


class NoticeQuerySet(ScopedQuerySet):
    """Notices, each of which is for one person's eyes."""

    def visible_to(self, user: AbstractAccount | AnonymousUser) -> Self:
        """What ``user`` was told about cases that they may still see."""
        return self.within(user, "refunds.view_refundcase").filter(recipient=user.pk)


class Notice(Scoped):
    """Something that a person should look at: a reminder, a mention, a case given to them."""

    store_lookup = "case__store"

    objects: ClassVar[Any] = NoticeQuerySet.as_manager()

    class Kind(models.TextChoices):
        HALF = "half", _("Half of the time is over")
        LATE = "late", _("Four fifths of the time are over")
        MENTION = "mention", _("You were mentioned")
        ASSIGNED = "assigned", _("A case was given to you")
        VERDICT = "verdict", _("The platform decided")
        ANSWER = "answer", _("The buyer answered")
        ESCALATED = "escalated", _("A deadline was missed: it is with you")
        BOUNCED = "bounced", _("The money came back")
        UNKNOWN = "unknown", _("A payout has had no answer for more than 24 hours")
        ODD = "odd", _("A provider's answer needs a person")
        STUCK = "stuck", _("The timer cannot go on with it")

    PRESSING = (Kind.UNKNOWN, Kind.ODD)  # sent by mail as well

    case = models.ForeignKey(
        RefundCase, models.PROTECT, related_name="notices", verbose_name=_("refund case")
    )
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("for")
    )
    kind = models.CharField(pgettext_lazy("notice", "kind"), max_length=10, choices=Kind.choices)
    about = models.CharField(
        _("about"), max_length=80, help_text=_("What it is about, so that it is told once.")
    )
    made_at = models.DateTimeField(_("made at"))
    seen_at = models.DateTimeField(_("seen at"), null=True, blank=True)
    mailed_at = models.DateTimeField(_("mailed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ("-made_at", "-pk")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint("recipient", "case", "kind", "about", name="notice_once")
        ]
        indexes = [
            models.Index(
                fields=["recipient", "-made_at"], condition=Q(seen_at=None), name="notice_unseen"
            ),
            models.Index(
                "made_at",
                condition=Q(kind__in=("unknown", "odd"), mailed_at=None),
                name="notice_to_mail",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.case}"
