"""Goods on their way back, and what takes their place."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from refunds import forms as dialogs
from refunds import returns
from refunds.actions.entry import Action

ACTIONS = [
    Action(
        "receive",
        _("Note the return parcel"),
        _("Return parcel noted"),
        _("The buyer has sent the goods back; inspection begins."),
        gettext_noop("The return is on its way or has arrived."),
        returns.receive,
        transitions=("receive",),
        permission="refunds.handle_return",
        form=dialogs.ReturnForm,
        style="is-primary",
    ),
    Action(
        "accept_return",
        _("Accept the return"),
        _("Return accepted"),
        _("The goods are in order, wholly or in part: what is approved is fixed."),
        gettext_noop("The returned goods were accepted."),
        returns.accept,
        transitions=("accept_return",),
        permission="refunds.handle_return",
        form=dialogs.ApproveForm,
        style="is-primary",
    ),
]
