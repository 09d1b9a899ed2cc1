"""Every page opens on PostgreSQL, for somebody who may see it: its queries are not SQLite's alone.

And on every page that opens, labels, helps and titles belong to something: a screen reader reads them.
"""

import re

import pytest

from tests.access.addresses import addresses
from tests.access.expectations import PAGES
from tests.access.outcomes import OUTCOMES
from tests.access.walker import Walker

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]
SEEN = ("read", "list", "form", "file", "ask", "go")
POINTERS = re.compile(r'(?:<label[^>]* for|aria-(?:describedby|labelledby))="([^"]+)"')
IDS = re.compile(r'\bid="([^"]+)"')
IN_A_ROW = re.compile(
    r"-(\d+|__prefix__)-"
)  # there the theme writes a field's help into the column's head


def loose_ends(page: str) -> set[str]:
    """What something on the page points to, and what is not there."""
    wanted = {name for names in POINTERS.findall(page) for name in names.split()}
    return {name for name in wanted - set(IDS.findall(page)) if not IN_A_ROW.search(name)}


def test_every_page_opens_for_whoever_may_see_it(walker: Walker) -> None:
    found, opened, loose = [], 0, {}
    for address in addresses():
        page = PAGES[address.key]
        for outcome in SEEN:
            for who in page.get.get(outcome, "").split()[:1]:
                rows = walker.values(address, page.rows, walker.world.own(who))
                answer = walker.send(walker.clients[who], "GET", address.path(rows))
                opened += 1
                if answer.status not in OUTCOMES[outcome]:
                    found.append(f"{who} {address.key}: {answer.status} {answer.defect}")
                if ends := loose_ends(answer.text):
                    loose[address.key] = ends
    assert found == []
    assert loose == {}
    assert opened > 150
