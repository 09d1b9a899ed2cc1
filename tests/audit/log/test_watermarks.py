"""On PostgreSQL a table's watermark rises only to what nobody who is still writing could fall below."""

import threading
from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from backoffice.actors import person
from backoffice.audit.log.layouts import by_label
from backoffice.audit.log.models import Leaf, Watermark
from backoffice.audit.log.sealing import seal
from backoffice.audit.recording import recorded
from merchants.models import Store
from tests.cast import Cast

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def mark() -> Watermark:
    return Watermark.objects.get(source=by_label()["merchants.HistoricalStore"].number)


def newest() -> int:
    return Store.history.latest("history_id").pk


def rename(cast: Cast, name: str) -> None:
    with recorded(person(cast.platform), "The shop moved."):
        store = Store.objects.get(pk=cast.b.pk)
        store.name = name
        store.save()


class Writer:
    """Somebody who wrote a version and has not committed it yet."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.wrote, self.may_end = cast, threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        assert self.wrote.wait(60)

    def run(self) -> None:
        with recorded(person(self.cast.platform), "The shop moved."):
            self.cast.a.name = "Slow"
            self.cast.a.save()
            self.wrote.set()
            assert self.may_end.wait(60)
        connection.close()

    def end(self) -> None:
        self.may_end.set()
        self.thread.join(60)


@pytest.fixture
def writer(cast: Cast) -> Iterator[Writer]:
    seal()
    writer = Writer(cast)
    yield writer
    writer.end()


def test_nothing_is_complete_while_a_lower_number_may_still_be_committed(
    cast: Cast, writer: Writer
) -> None:
    before = mark().complete
    rename(cast, "Quick")
    assert (seal(), mark().complete) == (1, before)
    first = newest()
    rename(cast, "Quicker")
    assert (seal(), mark().complete) == (1, before)
    writer.end()
    assert seal() == 1  # the slow one's number is below two that were sealed before it
    assert mark().complete >= first
    rows = Leaf.objects.filter(source=mark().source).order_by("index")
    assert list(rows.values_list("row", flat=True))[-3:] == [first, first + 1, first - 1]


def test_the_watermark_rises_though_somebody_is_always_writing(cast: Cast, writer: Writer) -> None:
    rename(cast, "Quick")
    seal()
    waiting_for = newest()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE merchants_historicalstore IN ROW EXCLUSIVE MODE")
        writer.end()
        seal()
        assert mark().complete == waiting_for
