"""Every page opens on PostgreSQL, for somebody who may see it: its queries are not SQLite's alone."""

import pytest

from tests.access.addresses import addresses
from tests.access.expectations import PAGES
from tests.access.outcomes import OUTCOMES
from tests.access.walker import Walker

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]
SEEN = ("read", "list", "form", "file", "ask", "go")


def test_every_page_opens_for_whoever_may_see_it(walker: Walker) -> None:
    found, opened = [], 0
    for address in addresses():
        page = PAGES[address.key]
        for outcome in SEEN:
            for who in page.get.get(outcome, "").split()[:1]:
                rows = walker.values(address, page.rows, walker.world.own(who))
                answer = walker.send(walker.clients[who], "GET", address.path(rows))
                opened += 1
                if answer.status not in OUTCOMES[outcome]:
                    found.append(f"{who} {address.key}: {answer.status} {answer.defect}")
    assert found == []
    assert opened > 150
