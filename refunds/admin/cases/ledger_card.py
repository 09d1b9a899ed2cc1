"""What the ledger says about one case, for those who read the books."""

from typing import Any

from django.http import HttpRequest

from backoffice import money
from refunds.models import LedgerEntry, RefundCase

SEE = "refunds.view_ledgerentry"


def ledger_facts(request: HttpRequest, case: RefundCase) -> dict[str, Any]:
    """The case's movements of money, in the order in which they happened."""
    if not request.user.has_perm(SEE, case):
        return {"movements": []}
    entries = LedgerEntry.objects.filter(case=case).select_related("debit").order_by("pk")
    return {"movements": [(entry, money.show(entry.amount, entry.currency)) for entry in entries]}
