"""The demo on PostgreSQL, whose clock does not travel with the story."""

from typing import Any

import pytest
from django.core.management import call_command

from refunds.models import RefundCase, State


@pytest.mark.postgres
@pytest.mark.django_db
def test_the_demo_tells_its_story_where_the_database_has_a_clock_of_its_own(settings: Any) -> None:
    settings.DATABASE_CLOCK = settings.DEBUG = True
    call_command("demo", verbosity=0)
    assert set(RefundCase.objects.values_list("state", flat=True)) == set(State)
