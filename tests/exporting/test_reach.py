"""A file holds what its owner may export when it is made, and goes to nobody who may no longer."""

from typing import Any

import pytest

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.exporting import asking
from backoffice.exporting.models import ExportRun
from backoffice.models import User
from merchants.models import Membership
from orders.models import Order
from tests.cast import Cast
from tests.exporting.lists import as_
from tests.exporting.taking import address, content_of, made_for, written
from tests.refunds.factories import make_order
from tests.refunds.money import give_role


def test_the_file_holds_what_its_owner_may_export_when_it_is_made(cast: Cast) -> None:
    give_role(cast, "manager", "manager", cast.b)
    own, other = make_order(cast.a), make_order(cast.b)
    manager = User.objects.get(username="manager")
    run = asking.ask(
        list_of=Order, query="", columns=["number"], file_format="csv", actor=person(manager)
    )
    assert run.stores == sorted([cast.a.pk, cast.b.pk])
    leave(cast.manager, cast.b)
    content = content_of(written(run)).decode()
    assert own.number in content
    assert other.number not in content


def test_a_store_that_came_later_is_not_in_the_file(cast: Cast) -> None:
    other = make_order(cast.b)
    run = asking.ask(
        list_of=Order, query="", columns=["number"], file_format="csv", actor=person(cast.manager)
    )
    give_role(cast, "manager", "manager", cast.b)
    assert other.number not in content_of(written(run)).decode()


def leave(user: User, store: Any) -> None:
    with recorded(system(INSTALLER), "Left the store."):
        held = Membership.objects.get(user=user, store=store)
        held.active = False
        held.save()


def test_a_file_is_not_handed_out_once_its_owner_left_one_of_its_stores(cast: Cast) -> None:
    give_role(cast, "manager", "manager", cast.b)
    run = made_for(User.objects.get(username="manager"), "orders.order")
    leave(cast.manager, cast.b)
    answer = as_(User.objects.get(username="manager")).post(address(run, "download"))
    assert answer.status_code == 403
    assert "stores where you may not export any more" in answer.content.decode()
    leave(cast.manager, cast.a)
    with pytest.raises(asking.NoLongerYours):
        asking.take(run, actor=person(User.objects.get(username="manager")))
    assert ExportRun.objects.get().state == "ready"


def test_who_may_no_longer_export_gets_no_file_made(cast: Cast) -> None:
    run = asking.ask(
        list_of=Order, query="", columns=["number"], file_format="csv", actor=person(cast.manager)
    )
    leave(cast.manager, cast.a)
    run = written(run)
    assert (run.state, run.message) == ("refused", "Your role does not allow this in this store.")
    assert run.file.name == ""
