"""Traps of lists: what a search, a filter, an order or a count tells of rows that are not shown."""

import re

import pytest
from django.contrib import admin

from refunds.models import RefundCase
from tests.access.asking import CASES, ORDERS, get, leaks, told
from tests.access.walker import MISSING, Walker
from tests.access.world.marks import mark

pytestmark = [pytest.mark.once, pytest.mark.django_db]


LISTS = [
    f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry
]


SEEKERS = ("staff", "manager", "finance")


@pytest.mark.parametrize("path", LISTS)
def test_searching_for_what_others_have_finds_what_searching_for_nothing_finds(
    walker: Walker, path: str
) -> None:
    model = path.split("/")[3]
    for who in SEEKERS:
        theirs, nothing = mark("b", model), mark("z", model)
        here = get(walker, who, path, q=theirs)
        assert told(here, theirs) == told(get(walker, who, path, q=nothing), nothing)


@pytest.mark.parametrize("path", LISTS)
def test_filtering_and_sorting_by_what_others_have_shows_nothing_of_it(
    walker: Walker, path: str
) -> None:
    may = [who for who in SEEKERS if get(walker, who, path).status == 200]
    for who in may[LISTS.index(path) % max(1, len(may)) :][:1]:  # a list filters for all alike
        for query in ({"o": "1.2.3"}, {"o": "-1.-2"}, {"_facets": "True"}, {"all": ""}, {"p": "2"}):
            assert leaks(walker, who, get(walker, who, path, **query)) == [], (who, query)
        for name in ("store", "merchant", "batch__store", "supplier"):
            row = walker.world.row("b", name.split("__")[-1]).pk
            theirs = get(walker, who, path, **{f"{name}__id__exact": row})
            nobody_s = get(walker, who, path, **{f"{name}__id__exact": MISSING})
            assert told(theirs, row)[0] == told(nobody_s, MISSING)[0]
            assert leaks(walker, who, theirs) == []


GUESSES = [
    ("manager", f"{ORDERS}?buyer__name__startswith=M"),
    ("manager", f"{ORDERS}?payments__reference__gte=A"),
    ("staff", "/admin/merchants/store/?account__startswith=A"),
    ("staff", "/admin/merchants/store/?merchant__stores__account__gte=A"),
    ("staff", "/admin/merchants/store/?merchant__suppliers__contact__exact=A"),
    (
        "manager",
        "/admin/merchants/assessment/?supplier__assessments__template__assessments__supplier__name__gte=A",
    ),
    ("manager", "/admin/merchants/assessment/?supplier__contact__gte=A"),
    ("staff", f"{CASES}?order__buyer__name__startswith=A"),
    ("staff", f"{CASES}?store__account__exact=A"),
    ("staff", f"{CASES}?store__merchant__stores__cases__amount_requested__gte=91827"),
    ("staff", f"{CASES}?store__batches__sha256__gte=8"),
    ("staff", f"{CASES}?reason_text__contains=A"),
    ("finance", "/admin/refunds/payout/?destination__startswith=M"),
    ("finance", "/admin/refunds/resultimport/?batch__store__account__gte=A"),
    ("platform", "/admin/backoffice/user/?password__startswith=argon2"),
    ("manager", f"{ORDERS}export/?store__merchant__stores__account__gte=A"),
]


@pytest.mark.parametrize(("who", "path"), GUESSES)
def test_no_field_behind_a_list_can_be_guessed_letter_by_letter(
    walker: Walker, who: str, path: str
) -> None:
    assert get(walker, who, path).status == 400


def test_facets_and_tabs_count_own_rows_only(walker: Walker) -> None:
    own = RefundCase.objects.filter(store=walker.world.cast.a)
    requested = own.filter(state="requested").count()
    assert requested < RefundCase.objects.filter(state="requested").count()
    text = get(walker, "staff", CASES, _facets="True").text
    assert f"Requested ({requested})" in text
    counted = re.search(r">\s*All\s*<[^>]*>\s*(\d+)\s*<", text)
    assert counted, "no tab says how many there are"
    assert int(counted[1]) == own.count() < RefundCase.objects.count()
