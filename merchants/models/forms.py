"""Versioned form templates of weighted questions."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import FSMField, transition

from backoffice.audit.models import Audited
from backoffice.exceptions import WrongState
from backoffice.languages import in_language


class FormFixed(WrongState):
    """A version that was published stays as it was when it was filled in."""

    message = _("This version of the form is published. Make a new version to change it.")


class FormTemplate(Audited):
    """One version of a form. A published version never changes; a new one replaces it."""

    shared = True

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        RETIRED = "retired", _("Retired")

    code = models.SlugField(_("code"), max_length=40)
    version = models.PositiveIntegerField(_("version"), default=1)
    title = models.CharField(_("title"), max_length=200)
    title_zh = models.CharField(_("title (Chinese)"), max_length=200, blank=True)
    state = FSMField(_("state"), default=State.DRAFT, choices=State.choices, protected=True)

    class Meta:
        verbose_name = _("form template")
        verbose_name_plural = _("form templates")
        ordering = ("code", "-version")
        default_permissions = ("add", "change", "view")
        constraints = [
            models.UniqueConstraint("code", "version", name="form_template_version_once"),
            models.UniqueConstraint(
                "code", condition=Q(state="published"), name="form_template_one_published"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} v{self.version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save a draft, or a step to another state; raises ``FormFixed`` for any other change."""
        stored = FormTemplate._base_manager.filter(pk=self.pk).first()
        if stored and stored.state != self.State.DRAFT and self._wording() != stored._wording():
            raise FormFixed
        super().save(*args, **kwargs)

    def _wording(self) -> tuple[Any, ...]:
        return self.code, self.version, self.title, self.title_zh

    @property
    def label(self) -> str:
        """The title in the current language."""
        return in_language(self.title, self.title_zh)

    @transition(state, source=State.DRAFT, target=State.PUBLISHED)
    def publish(self) -> None:
        """Open the form for filling in; its questions are fixed from now on."""

    @transition(state, source=State.PUBLISHED, target=State.RETIRED)
    def retire(self) -> None:
        """Close the form for new assessments."""


class Question(Audited):
    """A weighted question. ``choices`` maps an answer to its points from 0 to 100."""

    shared = True
    part_of = "template"

    class Kind(models.TextChoices):
        SCALE = "scale", _("Scale from 1 to 5")
        CHOICE = "choice", _("Choice")
        YES_NO = "yes_no", _("Yes or no")
        TEXT = "text", _("Text (not scored)")

    template = models.ForeignKey(
        FormTemplate, models.PROTECT, related_name="questions", verbose_name=_("form template")
    )
    position = models.PositiveIntegerField(_("position"))
    text = models.CharField(_("question"), max_length=300)
    text_zh = models.CharField(_("question (Chinese)"), max_length=300, blank=True)
    kind = models.CharField(pgettext_lazy("question", "kind"), max_length=10, choices=Kind.choices)
    weight = models.PositiveIntegerField(_("weight"), default=0)
    choices = models.JSONField(
        _("choices"),
        default=list,
        blank=True,
        help_text=_("For a choice: a list of [code, label, Chinese label, points from 0 to 100]."),
    )
    critical_answer = models.CharField(
        _("critical answer"),
        max_length=40,
        blank=True,
        help_text=_(
            "This answer makes the grade a D whatever the score. For a scale: 1 to 5; "
            "for yes or no: yes, no; for a choice: its code."
        ),
    )
    active = models.BooleanField(
        _("asked"), default=True, help_text=_("Off: no longer asked. Questions are never deleted.")
    )

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ("template", "position")
        default_permissions = ("add", "change", "view")
        constraints = [
            models.UniqueConstraint("template", "position", name="question_position_once"),
            models.CheckConstraint(
                name="question_text_has_no_weight",
                condition=~Q(kind="text") | Q(weight=0),
                violation_error_message=_("A text question is not scored: its weight is 0."),
            ),
            models.CheckConstraint(
                name="question_weight_at_most_100", condition=Q(weight__lte=100)
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save a draft's question; raises ``FormFixed`` once its form was published."""
        template = FormTemplate._base_manager.select_for_update().get(pk=self.template_id)
        moved = Question._base_manager.filter(pk=self.pk).exclude(template=template).exists()
        if moved or template.state != FormTemplate.State.DRAFT:
            raise FormFixed
        super().save(*args, **kwargs)

    @property
    def label(self) -> str:
        """The question in the current language."""
        return in_language(self.text, self.text_zh)
