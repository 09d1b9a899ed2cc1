"""Giving what is not money, and noting that money arrived."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from backoffice.actors import IMPORTER
from refunds import forms as dialogs
from refunds import settlement
from refunds.actions.entry import Action

ACTIONS = [
    Action(
        "give",
        _("Record the compensation"),
        _("Compensation given"),
        _("Write down what the buyer was given; it settles the case."),
        gettext_noop("The compensation was given."),
        settlement.give,
        transitions=("compensate",),
        permission="refunds.give_compensation",
        form=dialogs.CompensationForm,
        condition=settlement.settles_without_money,
        style="is-primary",
    ),
    Action(
        "refund",
        _("Refunded"),
        _("Refunded"),
        _("The bank settled the payout."),
        gettext_noop("The bank settled the payout."),
        settlement.refund,
        transitions=("refund",),
        permission="refunds.import_results",
        systems=frozenset({IMPORTER}),
        condition=settlement.payout_settled,
        by_hand=False,
    ),
]
