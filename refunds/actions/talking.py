"""What is said about a case, in whatever state it is."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from refunds import forms as dialogs
from refunds.actions.entry import Action
from refunds.models import State
from refunds.talking import writing

ANY_STATE = tuple(State.values)

ACTIONS = [
    Action(
        "message",
        _("Write a message"),
        _("Message written"),
        _("Buyer, store and platform read it. It stays as it is written."),
        gettext_noop("Somebody wrote a message."),
        writing.say,
        states=ANY_STATE,
        permission="refunds.write_message",
        form=dialogs.MessageForm,
        key="w",
    ),
    Action(
        "note",
        _("Write a note"),
        _("Note written"),
        _("Only colleagues who may see the case read it. The buyer never does."),
        gettext_noop("Somebody wrote a note for colleagues."),
        writing.note,
        states=ANY_STATE,
        permission="refunds.write_note",
        form=dialogs.NoteToColleaguesForm,
        key="m",
    ),
]
