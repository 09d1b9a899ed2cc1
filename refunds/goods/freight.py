"""Who pays for the way back."""

from typing import Any

from django.utils.translation import gettext as _

from backoffice.actors import Actor
from backoffice.exceptions import BadInput
from refunds.models import Bearer, RefundCase
from refunds.models.case_states import sends_goods_back

PAYERS = tuple(bearer for bearer in Bearer if bearer != Bearer.REASON)


def change_payer(case: RefundCase, *, actor: Actor, payer: str, **_details: Any) -> None:
    """Let somebody else pay the return freight than whom the reason names; raises ``BadInput``."""
    if payer not in PAYERS:
        raise BadInput(_("Nobody of that name can pay the freight. Choose one of the list."))
    if payer == case.freight_payer:
        raise BadInput(_("They pay the return freight already. Choose somebody else."))
    case.freight_payer = payer


def goes_back(case: RefundCase) -> bool:
    """Whether goods are to come back in this case."""
    return sends_goods_back(case)
