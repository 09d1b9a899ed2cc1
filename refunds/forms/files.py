"""A field for several files at once, each looked at before anything is locked."""

from typing import Any

from django import forms
from django.template.defaultfilters import filesizeformat
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.exceptions import BadInput
from refunds.evidence.checking import Checked, check_all
from refunds.evidence.limits import (
    DOCUMENT,
    FAMILIES,
    MOST_AT_ONCE,
    MOST_FILES,
    PICTURE,
    VIDEO,
)

ACCEPT = ",".join(sorted(ending for family in FAMILIES for ending in family.endings))


def _limits() -> str:
    """How many files, and how large, in the reader's language."""
    return _(
        "Pictures up to %(picture)s, videos (MP4, MOV, WebM) up to %(video)s and PDF documents up to "
        "%(document)s. At most %(once)d at once, and %(most)d on a case."
    ) % {
        **{family.name: filesizeformat(family.most_bytes) for family in (PICTURE, VIDEO, DOCUMENT)},
        "once": MOST_AT_ONCE,
        "most": MOST_FILES,
    }


class FilesInput(forms.FileInput):
    """The browser's own choice of files, several at once."""

    allow_multiple_selected = True

    def __init__(self) -> None:
        super().__init__(attrs={"multiple": True, "accept": ACCEPT})

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        """Every file that was chosen."""
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name) or []

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Whether nothing was chosen."""
        return name not in files


class EvidenceField(forms.FileField):
    """Pictures, videos and PDF documents; cleaned into what ``evidence.keeping.attach`` takes."""

    widget = FilesInput
    default_error_messages = {"required": gettext_lazy("Choose at least one file.")}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", gettext_lazy("Files"))
        kwargs.setdefault("help_text", lazy(_limits, str)())
        super().__init__(widget=FilesInput(), allow_empty_file=True, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Checked]:
        """Every file, recognised by its content; the first that is not taken is named."""
        files = [super(EvidenceField, self).clean(each) for each in data or []]
        if not files:
            if self.required:
                raise forms.ValidationError(self.error_messages["required"])
            return []
        try:
            return check_all(files)
        except BadInput as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
