"""The home page: each person's own panels, and a menu without dead ends."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils.safestring import mark_safe

from backoffice import clock
from backoffice.admin import home
from backoffice.admin.home import Bar, Figure, Panel, Row
from backoffice.navigation import NAVIGATION
from tests.cast import Cast
from tests.people import change_person

pytestmark = pytest.mark.once  # every page is opened on PostgreSQL by tests/access/test_opening.py

HOME = "/admin/"


@pytest.fixture
def no_panels(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page without what the apps register."""
    monkeypatch.setattr(home, "_sources", [])


def page(client: Client, user: object, language: str = "en") -> str:
    client.force_login(user)
    response = client.get(HOME, headers={"accept-language": language})
    assert response.status_code == 200
    return response.content.decode()


def test_a_person_is_greeted_by_name_and_role(client: Client, cast: Cast, no_panels: None) -> None:
    html = page(client, cast.staff)
    assert ", staff</p>" in html
    assert "Store staff" in html


def test_without_panels_the_page_says_so_and_offers_the_menu(
    client: Client, cast: Cast, no_panels: None
) -> None:
    assert "Nothing waits for you" in page(client, cast.staff)


def test_a_panel_is_shown_to_holders_of_its_permission_only(
    client: Client, cast: Cast, no_panels: None
) -> None:
    home.register_panel(
        lambda _request: home.figures_panel("Releases", [Figure("Waiting", 3, href="/x")]),
        permission="refunds.release_refundbatch",
    )
    assert "Releases" in page(client, cast.checker)
    assert "Releases" not in page(client, cast.staff)


def test_a_panel_with_nothing_to_say_leaves_no_box(
    client: Client, cast: Cast, no_panels: None
) -> None:
    home.register_panel(
        lambda _request: Panel("unfold/helpers/command.html"), permission="orders.view_order"
    )
    html = page(client, cast.staff)
    assert "Nothing waits for you" in html


def test_panels_stand_in_their_order(client: Client, cast: Cast, no_panels: None) -> None:
    for name, order in (("Later", 60), ("Sooner", 10)):
        home.register_panel(
            lambda _request, name=name: home.list_panel(name, []),
            permission="orders.view_order",
            order=order,
        )
    html = page(client, cast.staff)
    assert html.index("Sooner") < html.index("Later")


def test_a_list_escapes_what_a_buyer_wrote(client: Client, cast: Cast, no_panels: None) -> None:
    row = Row("<script>x</script>", "/c/", state="requested", state_label="<b>", due=clock.now())
    home.register_panel(
        lambda _request: home.list_panel("Due", [row]), permission="orders.view_order"
    )
    html = page(client, cast.staff)
    assert "<script>x" not in html
    assert "&lt;script&gt;x" in html
    assert '<span class="desk-pill is-requested">&lt;b&gt;</span>' in html


def test_a_countdown_carries_its_words_in_the_readers_language(
    client: Client, cast: Cast, no_panels: None
) -> None:
    row = Row("R-1", due=clock.now() - timedelta(minutes=90, seconds=5))
    home.register_panel(
        lambda _request: home.list_panel("Due", [row]), permission="orders.view_order"
    )
    html = page(client, cast.staff)
    assert "is-overdue" in html
    assert "1 h 30 min overdue" in html
    assert 'data-left="%(span)s left"' in html


def test_the_longest_bar_is_full_and_a_small_one_stays_visible() -> None:
    few, many, none = home.draw([Bar("a", 1), Bar("b", 5000), Bar("c", 0)])
    assert (few.share, many.share, none.share) == (2, 100, 0)
    assert [bar.share for bar in home.draw([Bar("a", 0)])] == [0]
    assert home.draw([]) == []


@pytest.mark.parametrize("columns", [False, True])
def test_a_chart_says_its_numbers_in_words_too(
    client: Client, cast: Cast, no_panels: None, columns: bool
) -> None:
    home.register_panel(
        lambda _request: home.chart_panel("By state", [Bar("Requested", 7, "/x")], columns=columns),
        permission="orders.view_order",
    )
    html = page(client, cast.staff)
    assert "Requested" in html
    assert ">7<" in html


def menu(client: Client, user: object) -> str:
    return page(client, user).split('id="nav-sidebar"')[1].split('id="main"')[0]


def test_the_menu_shows_no_heading_with_nothing_under_it(client: Client, cast: Cast) -> None:
    staff, manager = menu(client, cast.staff), menu(client, cast.manager)
    assert "Refund desk" in staff
    assert "Assessments" not in staff
    assert "Form templates" in manager
    assert "Users" not in manager


def folded(client: Client, user: object) -> str:
    html = menu(client, user)
    return html.split("<details")[1].split("</details>")[0] if "<details" in html else ""


def test_what_a_person_only_reads_of_the_set_up_is_folded(client: Client, cast: Cast) -> None:
    policies, flags = "/refunds/refundpolicy/", "/refunds/flaggedsku/"
    for user, may_change, only_reads in (
        (cast.staff, [], [policies, flags]),
        (cast.supervisor, [flags], [policies]),
        (cast.platform, [policies], [flags]),
    ):
        inside, whole = folded(client, user), menu(client, user)
        assert [address in inside for address in only_reads] == [True] * len(only_reads)
        assert [address in inside for address in may_change] == [False] * len(may_change)
        assert [whole.count(f'"/admin{address}"') for address in (policies, flags)] == [1, 1]
    assert "Set-up" not in menu(client, cast.staff)


def test_the_fold_is_open_on_a_page_that_stands_in_it(client: Client, cast: Cast) -> None:
    client.force_login(cast.staff)
    html = client.get("/admin/refunds/refundpolicy/").content.decode()
    assert '<details class="desk-menu-folded" open>' in html
    assert '<details class="desk-menu-folded">' in menu(client, cast.staff)


def test_below_a_list_its_rows_are_counted_in_words(client: Client, cast: Cast) -> None:
    client.force_login(cast.platform)
    client.cookies["django_language"] = "zh-hans"
    assert "店铺共3条" in client.get("/admin/merchants/store/").content.decode()


def test_every_entry_of_the_menu_leads_to_a_page() -> None:
    assert [str(item["link"]) for group in NAVIGATION for item in group["items"]]


def test_the_page_has_no_recent_actions_and_calls_no_search(client: Client, cast: Cast) -> None:
    for user in (cast.staff, cast.platform):
        html = page(client, change_person(user, is_staff=True))
        assert "recent-actions" not in html
        assert reverse("admin:search") not in html


def test_the_list_of_users_is_on_the_site() -> None:
    names = {model._meta.label for model in admin.site._registry}
    assert "backoffice.User" in names
    assert "auth.Group" not in names


@pytest.mark.parametrize(
    ("wide", "shown"),
    [
        ([True, False, True], [True, True, True]),
        ([True, False, False, True], [True, False, False, True]),
        ([False], [True]),
        ([False, False, True, False], [False, False, True, True]),
        ([], []),
    ],
)
def test_a_narrow_panel_by_itself_leaves_no_gap(wide: list[bool], shown: list[bool]) -> None:
    panels = home.without_gaps([(mark_safe(str(n)), each) for n, each in enumerate(wide)])
    assert [each for _html, each in panels] == shown
    assert [html for html, _wide in panels] == [str(n) for n in range(len(wide))]
