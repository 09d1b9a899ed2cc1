"""Where the bank says that money went, held against where it was to go."""

from collections.abc import Sequence

from backoffice.among import AmongTexts
from backoffice.privacy.keys import clear_all
from refunds.models import Payout
from refunds.results.parsing import Answer


def gone_elsewhere(answers: Sequence[Answer]) -> set[int]:
    """The rows that name another destination than their payout has.

    What was erased meanwhile is compared with nothing, and neither is a row of no payout.
    """
    told = [answer for answer in answers if answer.destination]
    if not told:
        return set()
    meant = _destinations([answer.number for answer in told])
    return {row.row for row in told if meant.get(row.number, row.destination) != row.destination}


def _destinations(numbers: Sequence[str]) -> dict[str, str]:
    """In clear, by the payout's number, with one query for all keys."""
    rows = Payout.objects.filter(AmongTexts("number", numbers))
    found = dict(rows.values_list("number", "destination"))
    texts = zip(found.items(), clear_all(found.values()), strict=True)
    return {number: text for (number, sealed), text in texts if text or not sealed}
