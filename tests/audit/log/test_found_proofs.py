"""What a search in history found leaves the house with proof: every version of it, and no more."""

import csv
import io
import zipfile
from pathlib import Path

import pytest
from django.test import Client

from backoffice.actors import person
from backoffice.audit.log import tree
from backoffice.audit.log.keys import public_keys
from backoffice.audit.log.merkle import root_from_inclusion
from backoffice.audit.log.models import Leaf
from backoffice.audit.log.sealing import seal
from backoffice.audit.search.indexing import catch_up
from backoffice.audit.search.models import ChangeEntry
from backoffice.exceptions import NotAllowed
from backoffice.exporting.asking import ask
from backoffice.exporting.models import ExportRun
from merchants.models import Supplier
from refunds.models import RefundCase
from refunds.workflow import perform
from tests.audit.log.sealed import add_suppliers
from tests.audit.log.tampering import sql
from tests.audit.log.test_bundles import run
from tests.cast import Cast
from tests.exporting.taking import address, asked_for, exported, page, written
from tests.flushing import unguarded
from tests.refunds.factories import fetch, make_case, make_order

pytestmark = pytest.mark.django_db
LIST, ASKED = "backoffice.changeentry", "what=refunds.refundcase:amount_approved"


@pytest.fixture
def case(cast: Cast) -> RefundCase:
    """A case that was approved, and another one that waits; both are in the index."""
    make_case(make_order(cast.a), cast.staff)
    case = make_case(make_order(cast.a), cast.staff)
    perform("approve", case_id=case.pk, actor=person(cast.staff))
    catch_up()
    return fetch(case)


def unpacked(content: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def taken(case: RefundCase, cast: Cast, client: Client, tmp_path: Path) -> Path:
    """The proof of who changed an approved amount, taken from the search's page by an auditor."""
    client.force_login(cast.auditor)
    return unpacked(exported(client, LIST, "zip", ASKED), tmp_path / "found")


def test_what_a_search_found_verifies_alone_with_the_key(taken: Path, case: RefundCase) -> None:
    code, told = run(taken, "--key", str(public_keys()[0]))
    assert code == 0
    assert f"RefundCase {case.pk} v2  staff: " in told
    assert "HOLDS: all 1 rows are in the log" in told
    assert "NOT PROVEN: that these are all." in told
    assert "It does not prove that they are all that there is" in (taken / "README.txt").read_text()


def test_the_table_for_reading_names_the_sealed_row(taken: Path, case: RefundCase) -> None:
    [line] = csv.DictReader(io.StringIO((taken / "changes.csv").read_text("utf-8-sig")))
    [row] = (taken / "rows").read_text().splitlines()
    assert (line["number"], line["amount_after"]) == (case.number, "50.00")
    index, table, version, *_columns = row.split("\t")
    assert (index, version) == (line["log_index"], line["version"])
    assert table.startswith(f"{line['log_table']} ")
    assert "changes.csv" in (taken / "README.txt").read_text()


def test_a_forged_row_and_a_strangers_row_are_told(taken: Path) -> None:
    rows = taken / "rows"
    whole = rows.read_text()
    rows.write_text(whole.replace("50.00", "5000.00"))
    assert "is not what was sealed" in run(taken)[1]
    rows.write_text(whole + whole)
    assert "not those that the hashes are of" in run(taken)[1]


def test_only_an_auditor_takes_a_proof_and_only_of_history(
    case: RefundCase, cast: Cast, client: Client
) -> None:
    client.force_login(cast.platform)
    assert "with proof" not in client.get(page(LIST)).content.decode()
    assert client.post(page(LIST, ASKED), {"format": "2"}).status_code == 400
    client.force_login(cast.auditor)
    assert "with proof" in client.get(page(LIST)).content.decode()
    run = written(asked_for(client, LIST, "zip", ASKED))
    [membership] = cast.auditor.memberships.all()
    with unguarded():
        sql("UPDATE merchants_membership SET role = 'platform' WHERE id = %s", membership.pk)
    client.force_login(type(cast.auditor).objects.get(pk=cast.auditor.pk))
    assert client.post(address(run, "download")).status_code == 403


def test_nobody_asks_for_it_by_another_way(case: RefundCase, cast: Cast) -> None:
    for who, model in ((cast.platform, ChangeEntry), (cast.manager, Supplier)):
        with pytest.raises(NotAllowed):
            ask(list_of=model, query="", columns=["at"], file_format="zip", actor=person(who))


def test_where_history_was_touched_there_is_no_proof_of_it(
    case: RefundCase, cast: Cast, client: Client
) -> None:
    seal()
    with unguarded():
        sql(
            "UPDATE refunds_historicalrefundcase SET actor_name = 'Somebody' WHERE id = %s", case.pk
        )
    client.force_login(cast.auditor)
    run = written(asked_for(client, LIST, "zip", ASKED))
    assert (run.state, run.file.name) == (ExportRun.State.REFUSED, "")
    assert (
        run.message
        == "The log of history does not hold, so there is no proof. Have history verified."
    )


def test_the_page_of_a_proof_says_that_it_is_ready(
    case: RefundCase, cast: Cast, client: Client
) -> None:
    client.force_login(cast.auditor)
    run = written(asked_for(client, LIST, "zip", ASKED))
    assert "Ready</span>" in client.get(address(run)).content.decode()


def test_a_proof_has_an_end(
    case: RefundCase, cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backoffice.audit.search.proving.MOST", 3)
    client.force_login(cast.auditor)
    run = written(asked_for(client, LIST, "zip", ""))
    assert run.message.startswith("A proof holds at most 3 versions.")


def test_many_versions_are_proven_in_few_questions_and_each_to_the_root(
    cast: Cast, tmp_path: Path, django_assert_max_num_queries: object
) -> None:
    add_suppliers(cast, 600)
    seal()
    leaves = {leaf.index: leaf for leaf in Leaf.objects.all()}
    size = tree.size()
    root = tree.edge(size).root()
    prover = tree.Prover(size)
    with django_assert_max_num_queries(size // 256 + 2):
        proofs = {index: prover.inclusion(index) for index in range(size)}
    for index, proof in proofs.items():
        assert proof == tree.inclusion(index, size) if index % 97 == 0 else True
        assert root_from_inclusion(index, size, bytes(leaves[index].hash), proof) == root
