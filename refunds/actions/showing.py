"""Showing what proves something."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from refunds import forms as dialogs
from refunds.actions.entry import Action
from refunds.evidence import keeping
from refunds.models import State

ACTIONS = [
    Action(
        "attach",
        _("Attach evidence"),
        _("Evidence attached"),
        _("Add pictures, videos or documents to the case."),
        gettext_noop("Evidence was attached."),
        keeping.attach,
        states=tuple(set(State.values) - {State.WITHDRAWN}),
        permission="refunds.attach_evidence",
        form=dialogs.EvidenceForm,
        key="e",
    ),
]
