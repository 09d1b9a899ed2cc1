"""What the steps of forms and assessments are called in a timeline."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

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
