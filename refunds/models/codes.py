"""Why buyers ask, and why merchants refuse: codes as data, in two languages."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from backoffice.audit.models import Audited
from backoffice.languages import in_language
from refunds.models.words import Bearer


class Code(Audited):
    """A code with a title in English and Chinese."""

    shared = True

    code = models.CharField(_("code"), max_length=20, unique=True)
    title = models.CharField(_("title"), max_length=200)
    title_zh = models.CharField(_("title (Chinese)"), max_length=200, blank=True)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        abstract = True
        ordering = ("code",)
        default_permissions = ("view",)

    def __str__(self) -> str:
        chinese = self.title_zh or self.title
        return in_language(f"{self.code} · {self.title}", f"{self.code} · {chinese}")

    @property
    def label(self) -> str:
        """The title in the current language."""
        return in_language(self.title, self.title_zh)


class Reason(Code):
    """Why a buyer asks: who is liable for it, and what evidence it takes."""

    class Liable(models.TextChoices):
        BUYER = "buyer", _("buyer")
        MERCHANT = "merchant", _("merchant")
        SUPPLIER = "supplier", _("supplier")
        CARRIER = "carrier", _("carrier")
        AGREED = "agreed", _("as agreed")
        REVIEW = "review", _("to be reviewed")

    liable = models.CharField(_("liable"), max_length=10, choices=Liable.choices)
    kinds = models.JSONField(
        _("kinds"),
        default=list,
        blank=True,
        help_text=_("Kinds that may be asked for. Empty: all."),
    )
    freight_payer = models.CharField(
        _("who pays the return freight"),
        max_length=10,
        choices=Bearer.choices,
        default=Bearer.BUYER,
    )
    counts_in_score = models.BooleanField(_("counts in the score"), default=True)
    evidence_needed = models.BooleanField(_("evidence needed"), default=False)
    evidence_hint = models.CharField(_("evidence"), max_length=100, blank=True)
    evidence_hint_zh = models.CharField(_("evidence (Chinese)"), max_length=100, blank=True)
    text_needed = models.BooleanField(_("text needed"), default=False)

    def allows(self, kind: str) -> bool:
        """Whether a case of this kind may be asked for with this reason."""
        return not self.kinds or kind in self.kinds

    @property
    def evidence_label(self) -> str:
        """What evidence is asked for, in the current language."""
        return in_language(self.evidence_hint, self.evidence_hint_zh)

    class Meta(Code.Meta):
        abstract = False
        verbose_name = _("reason")
        verbose_name_plural = _("reasons")


class RejectCode(Code):
    """Why a merchant refuses, and what that takes."""

    evidence_needed = models.BooleanField(_("evidence needed"), default=False)
    supervisor_only = models.BooleanField(_("supervisor only"), default=False)

    class Meta(Code.Meta):
        abstract = False
        verbose_name = _("reject code")
        verbose_name_plural = _("reject codes")
