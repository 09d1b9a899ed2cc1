"""History under a few checkpoints, and what was found about it."""

from backoffice.actors import person
from backoffice.audit.bulk import create_many
from backoffice.audit.findings import Findings, Kind
from backoffice.audit.log.ticking import seal_at_tick
from backoffice.audit.recording import recorded
from merchants.models import Supplier
from tests.cast import Cast


def rename(cast: Cast, name: str = "Renamed") -> None:
    with recorded(person(cast.platform), "The shop moved."):
        cast.a.name = name
        cast.a.save()


def add_suppliers(cast: Cast, count: int, code: str = "s") -> None:
    rows = [
        Supplier(merchant=cast.merchant, code=f"{code}{n}", name=f"Supplier {n}")
        for n in range(count)
    ]
    with recorded(person(cast.manager), "Many."):
        create_many(rows)


NODEFUL = 260  # rows of which a whole node is made


def seal_a_little(cast: Cast, count: int = 20) -> None:
    """Three checkpoints, with so many suppliers under the second."""
    seal_at_tick()
    add_suppliers(cast, count)
    seal_at_tick()
    rename(cast)
    seal_at_tick()


def kinds(findings: Findings) -> set[Kind]:
    return {Kind(finding.kind) for finding in findings.kept}


def rows(findings: Findings) -> set[tuple[str, int]]:
    return {(finding.model, finding.row) for finding in findings.kept}
