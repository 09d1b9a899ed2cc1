"""An empty file of requests to fill in: the headings, and one line as an example."""

from django.utils.translation import get_language

from backoffice.bulk.cells import safe_row
from backoffice.exporting.tables import BOM, csv_line
from refunds.requests.columns import COLUMNS

EXAMPLE = {
    "number": "T-2026-0001",
    "order": "N1001",
    "kind": "refund_only",
    "reason": "C01",
    "sku": "AH-1004",
    "quantity": "1",
    "asked_at": "2026-11-02 10:15:00",
}


def template() -> bytes:
    """The template as CSV, its headings in the reader's language."""
    chinese = (get_language() or "").startswith("zh")
    headings = [column.chinese if chinese else column.english for column in COLUMNS.values()]
    example = [EXAMPLE.get(name, "") for name in COLUMNS]
    return (BOM + csv_line(safe_row(headings)) + csv_line(safe_row(example))).encode()
