"""The dialogs of the action table: what a person fills in to act on a case."""

from refunds.forms.dialogs import DialogForm, NoteForm, RequiredNoteForm
from refunds.forms.giving import CompensationForm
from refunds.forms.goods import ReturnForm
from refunds.forms.review import ApproveForm, RejectForm, VerdictForm
from refunds.forms.showing import EvidenceForm

__all__ = [
    "ApproveForm",
    "CompensationForm",
    "DialogForm",
    "EvidenceForm",
    "NoteForm",
    "RejectForm",
    "RequiredNoteForm",
    "ReturnForm",
    "VerdictForm",
]
