"""The dialogs of the action table: what a person fills in to act on a case."""

from refunds.forms.clocks import AppraisalForm, ExtendForm, OfferForm, PauseForm
from refunds.forms.complaints import (
    AwaitBuyerForm,
    ComplaintAnswerForm,
    ComplaintForm,
    ResolutionForm,
)
from refunds.forms.desk import AssignForm, MergeForm, ReopenForm
from refunds.forms.dialogs import DialogForm, NoteForm, RequiredNoteForm
from refunds.forms.disputes import (
    AppealForm,
    AppealVerdictForm,
    ClaimForm,
    DismissForm,
    UpholdForm,
)
from refunds.forms.giving import CompensationForm
from refunds.forms.goods import (
    ArrivalForm,
    ConvertForm,
    FreightForm,
    PrepareForm,
    ReturnForm,
    ShipForm,
    StoppedForm,
)
from refunds.forms.inspecting import InspectionForm, PiecesForm
from refunds.forms.review import ApproveForm, RejectForm
from refunds.forms.showing import EvidenceForm
from refunds.forms.talking import MessageForm, NoteToColleaguesForm

__all__ = [
    "AppealForm",
    "AppealVerdictForm",
    "AppraisalForm",
    "ApproveForm",
    "ArrivalForm",
    "AssignForm",
    "AwaitBuyerForm",
    "ClaimForm",
    "CompensationForm",
    "ComplaintAnswerForm",
    "ComplaintForm",
    "ConvertForm",
    "DialogForm",
    "DismissForm",
    "EvidenceForm",
    "ExtendForm",
    "FreightForm",
    "InspectionForm",
    "MergeForm",
    "MessageForm",
    "NoteForm",
    "NoteToColleaguesForm",
    "OfferForm",
    "PauseForm",
    "PiecesForm",
    "PrepareForm",
    "RejectForm",
    "ReopenForm",
    "RequiredNoteForm",
    "ResolutionForm",
    "ReturnForm",
    "ShipForm",
    "StoppedForm",
    "UpholdForm",
]
