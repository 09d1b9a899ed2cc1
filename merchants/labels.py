"""How forms and assessments read in a timeline: what steps are called, what values mean."""

from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from merchants.questions import shown
from merchants.scoring import band_reason

LABELS: dict[str, str | Promise] = {
    "assessment.start": _("Assessment started"),
    "assessment.save": _("Answers saved"),
    "assessment.submit": _("Submitted for review"),
    "assessment.review": _("Reviewed"),
    "assessment.send_back": _("Sent back"),
    "assessment.publish": _("Grade published"),
    "template.publish": _("Form published or retired"),
    "template.new_version": _("New version made"),
}


def action_label(action: str) -> str | Promise | None:
    """The label of one of this app's actions."""
    return LABELS.get(action)


def tell_answer(version: Any) -> str:
    """An answer by its label: what is stored is the option's code."""
    return shown(version.question, version.value)


def tell_grade_reason(version: Any) -> str:
    """Why a grade was given, in the reader's language where the stored sentence is about the score."""
    if version.score is None:
        return version.grade_reason
    for language, _name in settings.LANGUAGES:
        with override(language):
            stored = band_reason(version.score)
        if stored == version.grade_reason:
            return band_reason(version.score)
    return version.grade_reason
