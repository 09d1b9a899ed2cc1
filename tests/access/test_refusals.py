"""The page of a refusal, whole: the walk reads its sentence alone."""

from unittest.mock import patch

import pytest

from backoffice import middleware, views
from backoffice.admin.refusals import refusal_page
from tests.access.walker import MISSING, Walker
from tests.access.world.marks import PEOPLE

pytestmark = [pytest.mark.once, pytest.mark.django_db]
STRANGERS = ("nobody", "anonymous")


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("path", [f"/admin/refunds/refundcase/{MISSING}/change/", "/nowhere/"])
def test_a_refusal_tells_nothing_of_other_stores(walker: Walker, who: str, path: str) -> None:
    whole = [patch.object(place, "refusal_page", refusal_page) for place in (middleware, views)]
    with whole[0], whole[1]:
        answer = walker.send(walker.clients[who], "GET", path)
    assert answer.status == 404 or (answer.status == 302 and who in STRANGERS)
    assert ("/admin/logout/" in answer.text) == (who not in STRANGERS)
    assert [text for text in walker.world.hidden_from(who) if text in answer.text] == []
