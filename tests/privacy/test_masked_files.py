"""No file, mail or line of the program's log tells a buyer's personal data to whoever reads masks on pages."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.core import mail
from django.core.cache import cache

from backoffice.admin.change_list import ChangeListResource
from backoffice.audit.search.indexing import catch_up
from backoffice.exporting.asking import permission_of
from backoffice.exporting.columns import ListResource
from backoffice.privacy.reading import SEE
from backoffice.roles import ROLES
from tests.cast import Cast
from tests.exporting.taking import content_of, made_for
from tests.personal import plain
from tests.privacy.known import KNOWN, settled_case

MASKED = [name for name, role in ROLES.items() if SEE not in role.permissions]
LISTS = [
    model._meta.label_lower
    for model in apps.get_models()
    if (resources := getattr(admin.site._registry.get(model), "resource_classes", None))
    and issubclass(resources[0], ListResource)
]


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def test_there_are_lists_and_roles_to_try() -> None:
    assert {"finance", "checker", "auditor"} <= set(MASKED)
    assert {"refunds.payout", "refunds.refundcase", "orders.order"} <= set(LISTS)
    assert issubclass(ChangeListResource, ListResource)


def test_no_file_mail_or_log_line_tells_what_is_masked(cast: Cast, caplog: Any) -> None:
    with caplog.at_level(logging.DEBUG):
        case = settled_case(cast)
        known = [*KNOWN, plain(case.order.payments.get().reference)]
        catch_up()
        made = 0
        for role in MASKED:
            for model in LISTS:
                if cast.people[role].has_perm(permission_of(model)):
                    text = content_of(made_for(cast.people[role], model)).decode()
                    made += case.number in text
                    assert [word for word in known if word in text] == [], (role, model)
                    assert "sealed1:" not in text, (role, model)
    assert made >= 2  # finance's payouts, and the auditor's changes
    logged = caplog.text + "".join(f"{message.subject}{message.body}" for message in mail.outbox)
    assert logged
    assert [word for word in known if word in logged] == []
