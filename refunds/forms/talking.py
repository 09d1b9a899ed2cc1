"""Writing to the buyer, to the other side, and to colleagues."""

import json
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.models import User
from refunds.forms.dialogs import DialogForm
from refunds.models import Party, RefundCase
from refunds.talking.canned import replies_for
from refunds.talking.mentions import colleagues
from refunds.talking.texts import LONGEST


class TalkArea(forms.Textarea):
    """A text in which “@” offers the colleagues."""

    template_name = "refunds/widgets/talk.html"

    def offer(self, case: RefundCase) -> None:
        """Let it offer those who may see ``case``."""
        people = [[user.username, str(user)] for user in colleagues(case)]
        self.attrs["data-people"] = json.dumps(people, ensure_ascii=False)


class CannedSelect(forms.Select):
    """Canned replies, each with its text; without scripts a button fills it in."""

    template_name = "refunds/widgets/canned.html"
    texts: dict[str, str]

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """An option that carries its text."""
        option = super().create_option(name, value, *args, **kwargs)
        option["attrs"]["data-text"] = self.texts.get(str(value), "")
        return option


def _body() -> forms.CharField:
    area = TalkArea(attrs={"rows": 6, "maxlength": LONGEST})
    return forms.CharField(
        label=_("Text"),
        widget=area,
        max_length=LONGEST,
        help_text=_("Plain text. “@” and a user name calls a colleague."),
    )


class TalkForm(DialogForm):
    """What is said. It does not depend on which version of the case somebody looked at."""

    version = None  # type: ignore[assignment]  # Django's way to leave a field out
    body = _body()

    def __init__(self, *args: Any, case: RefundCase, **kwargs: Any) -> None:
        super().__init__(*args, case=case, **kwargs)
        self.fields["body"].widget.offer(case)


class NoteToColleaguesForm(TalkForm):
    """What should colleagues know?"""


class MessageForm(TalkForm):
    """What is said to the buyer and the other side, or was said by the buyer?"""

    canned = forms.ChoiceField(
        label=_("Canned reply"), required=False, widget=CannedSelect(attrs={"data-fills": "body"})
    )
    party = forms.ChoiceField(
        label=_("Who says it"),
        required=False,
        choices=[("", _("Our side")), (Party.BUYER.value, _("The buyer: I put it down for them"))],
        widget=forms.RadioSelect,
    )
    field_order = ("canned", "body", "party")

    def __init__(
        self,
        data: Any = None,
        *args: Any,
        case: RefundCase,
        reader: User | None = None,
        **kwargs: Any,
    ) -> None:
        replies = replies_for(case, reader) if reader else []
        texts = {str(row.pk): text for row, text in replies}
        if data and "fill" in data:  # the button of those without scripts: nothing is sent yet
            chosen = data.get("canned", "")
            kwargs["initial"] = {"canned": chosen, "body": texts.get(chosen, data.get("body", ""))}
            data = None
        super().__init__(data, *args, case=case, reader=reader, **kwargs)
        self._offer([("", "—"), *((str(row.pk), str(row)) for row, _text in replies)], texts)

    def _offer(self, choices: list[tuple[str, str]], texts: dict[str, str]) -> None:
        if len(choices) == 1:
            del self.fields["canned"]
            return
        field = cast("forms.ChoiceField", self.fields["canned"])
        field.choices = choices
        field.widget.texts = texts
