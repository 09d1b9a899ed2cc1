"""Every row of history gets one place in the log, whoever commits when."""

import pytest
from django.db import IntegrityError, connection, transaction

from backoffice.actors import person
from backoffice.audit.log import tree
from backoffice.audit.log.layouts import by_label, logged_models
from backoffice.audit.log.merkle import EMPTY, Frontier, root_from_inclusion
from backoffice.audit.log.models import Leaf, Node, Watermark
from backoffice.audit.log.sealing import seal
from backoffice.audit.recording import recorded
from merchants.models import Store, Supplier
from tests.cast import Cast
from tests.flushing import unguarded

pytestmark = pytest.mark.django_db


def all_rows() -> set[tuple[int, int]]:
    found = set()
    for model in logged_models():
        number = by_label()[model._meta.label].number
        found |= {(number, key) for key in model._base_manager.values_list("pk", flat=True)}
    return found


def sealed_rows() -> list[tuple[int, int]]:
    return list(Leaf.objects.order_by("index").values_list("source", "row"))


def rename(cast: Cast, name: str) -> None:
    with recorded(person(cast.platform), "The shop moved."):
        cast.a.name = name
        cast.a.save()


def test_every_row_is_sealed_once_and_indexes_are_dense(cast: Cast) -> None:
    assert seal() == len(all_rows())
    assert set(sealed_rows()) == all_rows()
    rename(cast, "Renamed")
    assert (seal(), seal()) == (1, 0)
    indexes = Leaf.objects.order_by("index").values_list("index", flat=True)
    assert list(indexes) == list(range(len(all_rows())))


def turn_up(cast: Cast, key: int) -> None:
    """A version under a number of its own, as one that was committed late has it."""
    version = Store.history.filter(id=cast.a.pk).earliest()
    version.pk = version.history_number = key
    with unguarded():
        Store.history.bulk_create([version])


def test_a_number_below_the_last_is_found_when_it_turns_up_late(cast: Cast) -> None:
    seal()
    turn_up(cast, 2_000)
    assert seal() == 1
    Watermark.objects.update(complete=1_000)  # as PostgreSQL leaves it while others write
    turn_up(cast, 1_500)
    assert seal() == 1


def test_what_turns_up_below_the_watermark_is_found_by_looking_everywhere(cast: Cast) -> None:
    seal()
    turn_up(cast, 2_000)
    seal()
    number = by_label()["merchants.HistoricalStore"].number
    Watermark.objects.update_or_create(source=number, defaults={"complete": 2_000})
    turn_up(cast, 1_500)
    assert (seal(), seal(everything=True)) == (0, 1)


def test_the_tree_that_is_kept_is_the_tree_of_the_leaves(cast: Cast) -> None:
    with recorded(person(cast.manager), "Many."):
        for n in range(300):
            Supplier.objects.create(merchant=cast.merchant, code=f"s{n}", name=f"Supplier {n}")
    assert tree.edge(tree.size()).root() == EMPTY
    for _turn in range(3):
        rename(cast, "Again")
        seal()
    hashes = [
        bytes(found) for found in Leaf.objects.order_by("index").values_list("hash", flat=True)
    ]
    edge = Frontier()
    edge.extend(hashes)
    assert tree.edge(len(hashes)).root() == edge.root()
    assert Node.objects.count() == len(hashes) // 256 >= 1
    for index in (0, 255, 256, len(hashes) - 1):
        proof = tree.inclusion(index, len(hashes))
        assert root_from_inclusion(index, len(hashes), hashes[index], proof) == edge.root()


def test_a_proof_takes_few_short_reads(cast: Cast, django_assert_max_num_queries: object) -> None:
    seal()
    size = tree.size()
    with django_assert_max_num_queries(size.bit_length() * 2):
        tree.inclusion(size // 3, size)


def test_a_row_is_refused_a_second_place(cast: Cast) -> None:
    seal()
    leaf = Leaf.objects.first()
    leaf.index = Leaf.objects.count()
    with pytest.raises(IntegrityError, match="source"), transaction.atomic():
        leaf.save(force_insert=True)


def test_saving_a_row_asks_the_log_nothing(cast: Cast, django_assert_num_queries: object) -> None:
    seal()
    with recorded(person(cast.platform), "The shop moved."):
        cast.a.name = "Before"
        cast.a.save()
        with connection.execute_wrapper(refuse_the_log):
            cast.a.name = "After"
            cast.a.save()


def refuse_the_log(execute: object, sql: str, *rest: object) -> object:
    assert not [word for word in ("_leaf", "_node", "_watermark", "advisory") if word in sql]
    return execute(sql, *rest)
