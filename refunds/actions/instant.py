"""What rules do when a request comes, or its evidence."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from backoffice.actors import RULES
from refunds.actions.entry import Action
from refunds.instant import approval

ACTIONS = [
    Action(
        "instant_approve",
        _("Approved at once by a rule"),
        _("Approved at once by a rule"),
        _("A rule approves the request, with no review."),
        gettext_noop("A rule approved this at once; the case keeps the rule and its figures."),
        approval.approve,
        transitions=("approve", "approve_return"),
        systems=frozenset({RULES}),
        condition=approval.possible,
        by_hand=False,
    ),
]
