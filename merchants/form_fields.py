"""The form for one question: its choices are written as lines, not as code."""

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from merchants.models import Question
from merchants.questions import problems


class ChoiceLines(forms.CharField):
    """Choices as text: “code | label | Chinese label | points”, one per line."""

    def prepare_value(self, value: Any) -> Any:
        """Stored choices as lines; what a person typed as it stands."""
        if isinstance(value, list):
            return "\n".join(" | ".join(str(part) for part in choice) for choice in value)
        return value

    def clean(self, value: Any) -> list[list[Any]]:
        """The lines as choices; a line that cannot be read is named by its number."""
        lines = super().clean(value).splitlines()
        return [_choice(n, line) for n, line in enumerate(lines, 1) if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the lines mean other choices than before."""
        try:
            return self.clean(data) != (initial or [])
        except forms.ValidationError:
            return True


def _choice(number: int, line: str) -> list[Any]:
    parts = [part.strip() for part in line.split("|")]
    points = parts[-1]
    if len(parts) != 4 or not (points.isascii() and points.isdigit() and len(points) <= 3):
        raise forms.ValidationError(
            _("Line %(number)d: write code | label | Chinese label | points from 0 to 100.")
            % {"number": number}
        )
    return [*parts[:3], int(points)]


class QuestionForm(forms.ModelForm):
    """One question of a draft."""

    choices = ChoiceLines(
        label=gettext_lazy("Choices"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text=gettext_lazy(
            "For a choice, one per line: code | label | Chinese label | points from 0 to 100."
        ),
    )

    class Meta:
        model = Question
        fields = (
            "position",
            "kind",
            "weight",
            "active",
            "text",
            "text_zh",
            "choices",
            "critical_answer",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "kind" in self.fields:  # what the browser sends for an empty form: no change, no error
            self.fields["kind"].initial = Question.Kind.SCALE
        if "weight" in self.fields:
            sentence = _("A weight is at most 100.")
            self.fields["weight"].validators.append(MaxValueValidator(100, message=sentence))

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's own, without a type
        if not self.errors:
            for problem in problems(self.instance):
                self.add_error(None, problem)
