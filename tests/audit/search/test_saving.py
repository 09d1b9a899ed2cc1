"""Kept searches: one's own, or shared among auditors, and on record."""

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.actors import person
from backoffice.audit.search.models import SavedSearch
from backoffice.audit.search.saving import MOST, give_up, keep
from backoffice.exceptions import BadInput, NotAllowed, NotFound
from tests.audit.search.asked import PAGE
from tests.cast import Cast

KEEP = reverse("admin:backoffice_changeentry_keep")


def test_a_search_is_kept_under_its_name_with_what_was_asked_and_no_more(
    client: Client, cast: Cast
) -> None:
    client.force_login(cast.auditor)
    query = "store=1&person=staff&after=99-1&forged=yes&act="
    answer = client.post(KEEP, {"name": " Staff ", "query": query, "shared": "1"}, follow=True)
    kept = SavedSearch.objects.get()
    assert (kept.name, kept.query, kept.owner) == ("Staff", "person=staff&store=1", cast.auditor)
    assert kept.shared_with_auditors
    version = kept.history.latest()
    assert (version.history_user, version.history_change_reason) == (cast.auditor, "Kept a search.")
    assert "The search is kept." in answer.content.decode()


def test_auditors_see_what_is_shared_and_nobody_else_does(client: Client, cast: Cast) -> None:
    keep(name="Shared one", query="person=a", shared=True, actor=person(cast.auditor))
    keep(name="Own one", query="person=b", shared=False, actor=person(cast.auditor))
    for user, seen in ((cast.auditor, {"Shared one", "Own one"}), (cast.platform, {"Shared one"}), (cast.manager, set())):  # fmt: skip
        client.force_login(user)
        html = client.get(PAGE).content.decode()
        assert {name for name in ("Shared one", "Own one") if name in html} == seen, user


def test_only_the_owner_gives_a_search_up_and_its_history_stays(cast: Cast) -> None:
    kept = keep(name="Mine", query="person=a", shared=True, actor=person(cast.auditor))
    with pytest.raises(NotFound):
        give_up(pk=kept.pk, actor=person(cast.platform))
    give_up(pk=kept.pk, actor=person(cast.auditor))
    assert not SavedSearch.objects.visible_to(cast.auditor).exists()
    assert [v.history_change_reason for v in kept.history.order_by("history_id")] == ["Kept a search.", "Gave a search up."]  # fmt: skip
    keep(name="Mine", query="person=c", shared=False, actor=person(cast.auditor))


def test_a_name_is_needed_once_and_a_question_too(cast: Cast) -> None:
    auditor = person(cast.auditor)
    keep(name="Mine", query="person=a", shared=False, actor=auditor)
    for name, query in (("Mine", "person=b"), ("", "person=b"), ("x" * 81, "person=b"), ("New", "")):  # fmt: skip
        with pytest.raises(BadInput):
            keep(name=name, query=query, shared=False, actor=auditor)
    assert SavedSearch.objects.count() == 1
    for n in range(MOST - 1):
        keep(name=f"{n}", query="person=a", shared=False, actor=auditor)
    with pytest.raises(BadInput):
        keep(name="One more", query="person=a", shared=False, actor=auditor)


def test_who_does_not_watch_shares_nothing(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        keep(name="Ours", query="person=a", shared=True, actor=person(cast.manager))
    keep(name="Mine", query="person=a", shared=False, actor=person(cast.manager))
    with pytest.raises(NotAllowed):
        keep(name="Mine", query="person=a", shared=False, actor=person(cast.nobody))
