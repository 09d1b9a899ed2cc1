"""What is wrong with a file is said in the language of whoever reads it, not of whoever brought it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy, pgettext_lazy

from backoffice.bulk import problems as sink
from backoffice.bulk.models import FileRun
from backoffice.exceptions import NotAllowed
from backoffice.languages import in_language
from backoffice.models import User
from backoffice.sentences import SentenceField, read, said, sentence, write_out
from orders.models import ImportProblem
from refunds.models import Payout
from tests.cast import Cast
from tests.orders import files as orders
from tests.refunds.factories import make_order
from tests.refunds.money import bring, csv_of, sent_batch
from tests.refunds.reconciliation.statements import brought, other
from tests.refunds.requests import files as requests

HOME = Path(__file__).resolve().parents[2]
FOLDERS = ("orders/loading", "refunds/requests", "refunds/results", "refunds/bankfiles")
FIELD = SentenceField()


def kept(message: Any) -> Any:
    return FIELD.get_prep_value(message)


def chinese(text: Any) -> str:
    with translation.override("zh-hans"):
        return str(read(kept(text)))


def test_a_sentence_is_said_again_with_its_words() -> None:
    text = sentence("There is no payout %(number)s.") % {"number": "PO-1"}
    assert text == "There is no payout PO-1."
    assert kept(text) == '["There is no payout %(number)s.", {"number": "PO-1"}]'
    assert chinese(text) == "没有打款单PO-1。"


def test_words_that_are_sentences_or_in_both_languages_are_said_again() -> None:
    words = {"where": sentence("Head"), "element": "Amt", "message": sentence("This is empty.")}
    text = sentence("%(where)s, element “%(element)s”: %(message)s") % words
    assert str(text) == "Head, element “Amt”: This is empty."
    assert "This is empty" not in chinese(text)
    reason = in_language("Size", "尺寸")
    of_reason = sentence("The reason “%(reason)s” needs a text that explains it.")
    assert "“尺寸”" in chinese(of_reason % {"reason": reason})
    state = sentence(
        "This payout was already answered as “%(before)s”. Ask the bank which is true."
    )
    assert "Failed" not in chinese(state % {"before": Payout.State.FAILED.label})


def test_what_waits_for_its_language_is_kept_as_a_sentence() -> None:
    assert (
        kept(said(NotAllowed().message)) == '["Your role does not allow this in this store.", {}]'
    )
    assert kept(pgettext_lazy("payout state", "Unknown")) == '["Unknown", {}, "payout state"]'
    assert chinese(gettext_lazy("placed at")) == "下单时间"


def test_a_text_that_was_kept_before_stays_as_it_is() -> None:
    for text in ("", "原因不明：100%", "100 % of it [“odd”]."):
        assert (kept(text), chinese(text)) == (text, text)


def a_result(cast: Cast) -> FileRun:
    batch = sent_batch(cast, "50.00")
    (payout,) = Payout.objects.filter(batch=batch)
    rows = [["PO-0", "1.00", "CNY", "settled", ""], [payout.number, "x", "CNY", "lost", "=1+1"]]
    return bring(cast, batch, csv_of(rows))


def some_requests(cast: Cast) -> FileRun:
    rows = [("N0", {}), (make_order(cast.a, (2, "10.00")), {"quantity": "5", "number": "R2"}),
            (make_order(cast.a, (2, "10.00")), {"reason": "O01", "number": "R3"})]  # fmt: skip
    table = requests.table(*(requests.row(order, **more) for order, more in rows))
    return requests.check(cast.a, table)


def some_orders(cast: Cast) -> FileRun:
    row = orders.row
    wrong = (row(Quantity="x"), row(Order_number="N2", Quantity="-1"), row(Order_number=""))
    return orders.check(cast.a, orders.table(*wrong))


def a_statement(cast: Cast) -> FileRun:
    return brought(cast, [other("x")])


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize("make", [a_result, some_requests, some_orders, a_statement])
def test_each_reader_reads_it_in_their_own_language(
    cast: Cast, make: Callable[[Cast], FileRun]
) -> None:
    with translation.override("zh-hans"):  # of whoever brought it, and of the worker
        run: Any = make(cast)
    assert run.problems.exists() or run.message
    for name, column in (("message", run._meta.db_table), ("message", problem_table(run))):
        for text in stored(column, name):
            assert text == "" or text.startswith('["'), f"kept in one language only: {text}"
    reader = cast.finance if run._meta.model_name != "orderimport" else cast.manager
    reader = cast.manager if run._meta.model_name == "requestimport" else reader
    english, in_chinese = (pages(run, reader, language) for language in ("en", "zh-hans"))
    translation.activate("en")
    message = str(type(run).objects.get(pk=run.pk).message)
    assert message in english[0]
    assert not message or message not in in_chinese[0]
    for problem in run.problems.all():
        assert not re.search("[\u4e00-\u9fff]", problem.message)
        assert all(problem.message in page for page in english)
        assert all(problem.message not in page for page in in_chinese)


def pages(run: FileRun, reader: User, language: str) -> list[str]:
    """The run's page, and where there are problems the file of them."""
    client = Client()
    client.force_login(reader)
    client.cookies["django_language"] = language
    name = f"admin:refunds_{run._meta.model_name}"
    name = name.replace("refunds_order", "orders_order")
    found = [client.get(reverse(f"{name}_change", args=[run.pk]))]
    texts = [answer.content.decode() for answer in found]
    problems: Any = run.problems
    if problems.exists():
        answer = client.get(reverse(f"{name}_problems", args=[run.pk]))
        translation.activate("de")  # whoever sends it has forgotten whose request it was
        texts.append(b"".join(answer.streaming_content).decode().replace('""', '"'))
    return [text.replace("&#x27;", "'").replace("&quot;", '"') for text in texts]


def problem_table(run: Any) -> str:
    return str(run.problems.model._meta.db_table)


def stored(table: str, column: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table}")
        return [text for (text,) in cursor.fetchall()]


@pytest.mark.django_db
def test_problems_are_written_some_at_a_time(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sink, "PAGE", 10)
    most: list[int] = []
    write = sink.Problems.write

    def watched(self: sink.Problems) -> None:
        most.append(len(self._rows))
        write(self)

    monkeypatch.setattr(sink.Problems, "write", watched)
    wrong = [orders.row(Order_number=f"N{n}", Quantity="x") for n in range(25)]
    run = orders.check(cast.a, orders.table(*wrong))
    assert (run.counts["problems"], run.problems.count(), max(most)) == (25, 25, 10)
    table = requests.table(*(requests.row(f"N{n}", number=f"R{n}") for n in range(25)))
    asked = requests.check(cast.a, table)
    assert (asked.counts["problems"], asked.problems.count(), max(most)) == (25, 25, 10)


@pytest.mark.django_db
def test_a_check_that_is_done_again_forgets_what_it_had_found(cast: Cast) -> None:
    run = orders.bring_file(cast.a, orders.table(orders.row(Quantity="x")))
    left = sink.Problems(run)
    left.add(7, "number", sentence("This is empty."))
    left.write()
    run = orders.step(run)
    assert [problem.row for problem in run.problems.all()] == [2]


@pytest.mark.django_db
def test_a_file_that_cannot_be_read_to_its_end_has_no_problems_of_rows(cast: Cast) -> None:
    content = orders.table(orders.row(Quantity="x")) + b'"' + b"N2," * 4
    run = orders.check(cast.a, content)
    assert run.state == "refused"
    assert not run.problems.exists()


@pytest.mark.django_db
def test_on_the_way_back_sentences_are_texts_again(cast: Cast) -> None:
    run = orders.check(cast.a, orders.table(orders.row(Quantity="x")))
    before = [(row.field, row.message) for row in run.problems.all()]
    write_out(ImportProblem.objects.all(), {"field": 60, "message": 20})
    ((field, message),) = [(row.field, row.message) for row in run.problems.all()]
    assert [(field, message)] == [(str(before[0][0]), before[0][1][:20])]
    assert stored(problem_table(run), "message") == [message]


def test_whoever_reads_files_speaks_in_sentences() -> None:
    """Plain ``gettext`` there would be kept in one language."""
    modules = [path for folder in FOLDERS for path in (HOME / folder).glob("*.py")]
    modules += [
        HOME / "refunds/caps.py",
        HOME / "refunds/intake/checking.py",
        HOME / "backoffice/money.py",
    ]
    modules += [HOME / f"backoffice/bulk/{name}.py" for name in ("jobs", "reading", "spreadsheets")]
    silent = {"schema.py", "ordering.py"}  # of files that leave: nobody keeps what they say
    plain = [
        path.name
        for path in modules
        if "import gettext as _" in path.read_text() and path.name not in silent
    ]
    assert plain == []
