"""Small files of refund requests, in the spellings that channels use."""

import io
from collections.abc import Iterable
from typing import Any

from backoffice.actors import IMPORTER, Actor, system
from backoffice.bulk.jobs import carry_on
from backoffice.bulk.runs import bring, confirm
from merchants.models import Store
from refunds.models import RequestImport
from refunds.requests.columns import COLUMNS

HEADER = [heading.english for heading in COLUMNS.values()]
ROW = {"number": "R1", "kind": "refund_only", "reason": "C01", "sku": "SKU-1", "quantity": "1"}


def row(order: Any, /, **changes: Any) -> list[str]:
    """One good row about one piece of the first article of ``order``, with ``changes`` by column."""
    values = {**ROW, "order": getattr(order, "number", order), **changes}
    return [str(values.get(name, "")) for name in COLUMNS]


def table(*rows: Iterable[str], header: Iterable[str] = HEADER) -> bytes:
    """Rows as CSV bytes."""
    return "\n".join(",".join(cells) for cells in [header, *rows]).encode() + b"\n"


def check(
    store: Store, content: bytes, *, actor: Actor | None = None, name: str = "requests.csv"
) -> RequestImport:
    """The file, brought and checked."""
    return step(bring_file(store, content, actor=actor, name=name))


def bring_file(
    store: Store, content: bytes, *, actor: Actor | None = None, name: str = "requests.csv"
) -> RequestImport:
    """The file, brought and not looked at yet."""
    return bring(
        RequestImport,
        file=io.BytesIO(content),
        name=name,
        actor=actor or system(IMPORTER),
        store=store,
    )


def step(run: RequestImport) -> RequestImport:
    """The run after its next waiting step."""
    carry_on(run)
    return RequestImport.objects.get(pk=run.pk)


def load(store: Store, content: bytes, *, actor: Actor | None = None) -> RequestImport:
    """The file, brought, checked, confirmed and applied."""
    run = check(store, content, actor=actor)
    assert run.state == "checked", run.message
    return step(confirm(run, actor=actor or system(IMPORTER)))


def problems(run: RequestImport) -> list[tuple[int, str, str]]:
    """Row, column and sentence of each problem."""
    return list(run.problems.values_list("row", "field", "message"))
