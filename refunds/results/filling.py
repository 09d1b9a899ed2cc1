"""Amounts that a bank's message leaves out: those of the payouts that it names by their numbers.

ISO 20022 leaves it to the bank whether a report repeats what was asked. The number says which payout is
meant, and a payout's amount and currency never change once it was sent.
"""

from collections.abc import Sequence
from dataclasses import replace

from backoffice.among import AmongTexts
from backoffice.sentences import sentence as _
from refunds.bankfiles.contents import Item
from refunds.models import Payout, ResultImport
from refunds.results.parsing import Objection


def filled(run: ResultImport, items: Sequence[Item]) -> tuple[list[Item], list[Objection]]:
    """The items with amount and currency, and what is wrong with those that name no payout of the store."""
    money = _money(run, [str(item.cells["number"]).strip() for item in items if item.untold])
    whole, wrong = [], []
    for item in items:
        number = str(item.cells["number"]).strip()
        if not item.untold:
            whole.append(item)
        elif number in money:
            whole.append(replace(item, cells={**item.cells, **money[number]}))
        else:
            wrong.append(_stranger(run, item, number))
    return whole, wrong


def _money(run: ResultImport, numbers: Sequence[str]) -> dict[str, dict[str, str]]:
    rows = Payout.objects.filter(AmongTexts("number", numbers), batch__store=run.store_id)
    return {
        number: {"amount": str(amount), "currency": currency}
        for number, amount, currency in rows.values_list("number", "amount", "currency")
    }


def _stranger(run: ResultImport, item: Item, number: str) -> Objection:
    if not number:
        return Objection(item.row, "number", _("This is empty."))
    words = {"number": number[:40], "store": run.store}
    return Objection(
        item.row, "number", _("There is no payout %(number)s in any batch of %(store)s.") % words
    )
