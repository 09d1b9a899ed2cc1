"""How long what is kept: rules that people change, and the passes that carried them out."""

from django.db import models
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from backoffice.audit.models import Audited


class RetentionRule(Audited):
    """For how long something is kept: at least so long (``KEEP``), or then deleted (``DELETE``).

    The latest that has begun counts. Past ones stay, so that it can be told what was in force when.
    """

    shared = True

    class Effect(models.TextChoices):
        DELETE = "delete", pgettext_lazy("retention", "Deleted afterwards")
        KEEP = "keep", pgettext_lazy("retention", "Kept at least so long")

    what = models.CharField(_("what"), max_length=40)
    effect = models.CharField(
        pgettext_lazy("retention", "then"), max_length=10, choices=Effect.choices
    )
    days = models.PositiveIntegerField(
        _("days"), null=True, blank=True, help_text=_("Empty: the rule has ended.")
    )
    ground = models.CharField(
        _("legal ground"), max_length=300, help_text=_("The law or the purpose that says so.")
    )
    starts_on = models.DateField(
        _("in force from"),
        help_text=_("From the beginning of this day, in the server's time zone."),
    )

    class Meta:
        verbose_name = _("retention rule")
        verbose_name_plural = _("retention rules")
        ordering = ("what", "effect", "-starts_on")
        default_permissions = ("add", "change", "view")
        constraints = [
            models.UniqueConstraint(
                "what",
                "effect",
                "starts_on",
                name="retention_rule_once_per_day",
                violation_error_message=_("There is such a rule from this day on already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} · {self.get_effect_display()} · {self.starts_on}"

    @property
    def shown_ground(self) -> str:
        """The ground; those that the program ships are told in the reader's language."""
        return gettext(self.ground)


class RetentionPass(Audited):
    """One time that a rule was carried out: what went by it. Nothing is written where nothing goes."""

    shared = True

    rule = models.ForeignKey(
        RetentionRule, models.PROTECT, related_name="passes", verbose_name=_("retention rule")
    )
    began_at = models.DateTimeField(_("began at"))
    ended_at = models.DateTimeField(
        _("ended at"), null=True, blank=True, help_text=_("Empty: it was ended from outside.")
    )
    done = models.PositiveIntegerField(_("deleted"), default=0)

    class Meta:
        verbose_name = _("retention pass")
        verbose_name_plural = _("retention passes")
        ordering = ("-pk",)
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.rule.what} · {self.began_at:%Y-%m-%d}"
