"""Filled-in forms about suppliers, their scores and grades."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from backoffice.audit.models import Audited
from merchants.models.forms import FormTemplate, Question
from merchants.models.suppliers import Supplier


class Assessment(Audited):
    """A filled-in, scored form about one supplier in one period."""

    merchant_lookup = "supplier__merchant"

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted")
        REVIEWED = "reviewed", _("Reviewed")
        PUBLISHED = "published", _("Published")

    class Grade(models.TextChoices):
        A = "A", _("A · preferred")
        B = "B", _("B · approved")
        C = "C", _("C · corrective plan")
        D = "D", _("D · stop orders")

    supplier = models.ForeignKey(
        Supplier, models.PROTECT, related_name="assessments", verbose_name=_("supplier")
    )
    template = models.ForeignKey(
        FormTemplate, models.PROTECT, related_name="assessments", verbose_name=_("form template")
    )
    period = models.CharField(
        _("period"), max_length=7, help_text=_("Year and quarter, for example 2026-Q4.")
    )
    state = FSMField(_("state"), default=State.DRAFT, choices=State.choices, protected=True)
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=2, null=True, blank=True)
    grade = models.CharField(_("grade"), max_length=1, choices=Grade.choices, blank=True)
    grade_reason = models.CharField(_("why this grade"), max_length=300, blank=True)
    submitted_by = models.ForeignKey(
        "backoffice.User",
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("submitted by"),
    )
    reviewed_by = models.ForeignKey(
        "backoffice.User",
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("reviewed by"),
    )

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        ordering = ("-period", "supplier")
        default_permissions = ("view",)
        permissions = [
            ("fill_assessment", _("Can fill in assessments")),
            ("review_assessment", _("Can review assessments")),
            ("publish_assessment", _("Can publish assessments")),
        ]
        constraints = [
            models.UniqueConstraint(
                "supplier", "template", "period", name="assessment_once_per_period"
            ),
            models.CheckConstraint(
                name="assessment_score_0_to_100", condition=Q(score=None) | Q(score__range=(0, 100))
            ),
            models.CheckConstraint(
                name="assessment_scored_once_submitted",
                condition=Q(state="draft") | (Q(score__isnull=False) & ~Q(grade="")),
            ),
            models.CheckConstraint(
                name="assessment_reviewed_by_another_person",
                condition=Q(reviewed_by=None) | ~Q(reviewed_by=models.F("submitted_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier} · {self.period}"

    @transition(state, source=State.DRAFT, target=State.SUBMITTED)
    def submit(self) -> None:
        """Fix the answers and the score."""

    @transition(state, source=State.SUBMITTED, target=State.REVIEWED)
    def review(self) -> None:
        """Confirm the answers, by another person."""

    @transition(state, source=State.SUBMITTED, target=State.DRAFT)
    def send_back(self) -> None:
        """Ask for better answers."""

    @transition(state, source=State.REVIEWED, target=State.PUBLISHED)
    def publish(self) -> None:
        """Show the grade, and let its consequences begin."""


class Answer(Audited):
    """One answer, with the points it earned."""

    merchant_lookup = "assessment__supplier__merchant"
    part_of = "assessment"

    assessment = models.ForeignKey(
        Assessment, models.PROTECT, related_name="answers", verbose_name=_("assessment")
    )
    question = models.ForeignKey(
        Question, models.PROTECT, related_name="+", verbose_name=_("question")
    )
    value = models.TextField(_("answer"), blank=True)
    points = models.DecimalField(_("points"), max_digits=5, decimal_places=2, null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ("question__position",)
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint("assessment", "question", name="answer_once_per_question"),
        ]

    def __str__(self) -> str:
        return str(self.question)
