"""The traps of this stack, each seen leaking somewhere: closed here, one test per trap."""

import csv
import io
import re
from typing import Any

import openpyxl
import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django_fsm import FSMField

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.recording import recorded
from backoffice.models import User
from merchants.models import Membership
from orders.models import Buyer
from refunds.models import Payout, RefundCase
from refunds.workflow import perform
from tests.access.addresses import addresses
from tests.access.walker import MISSING, Answer, Walker
from tests.access.world import mark

pytestmark = pytest.mark.django_db
INSIDERS = ("staff", "manager", "finance", "checker")
CASES, ORDERS = "/admin/refunds/refundcase/", "/admin/orders/order/"


def get(walker: Walker, who: str, path: str, **query: Any) -> Answer:
    return walker.send(walker.clients[who], "GET", path, query)


def post(walker: Walker, who: str, path: str, **data: Any) -> Answer:
    return walker.send(walker.clients[who], "POST", path, data)


def leaks(walker: Walker, who: str, answer: Answer, *, asked: str = "") -> list[str]:
    text = answer.text.replace(asked, "") if asked else answer.text
    return [what for secret, what in walker.world.hidden_from(who).items() if secret in text]


def told(answer: Answer, *asked: Any) -> tuple[int, str]:
    """What an answer tells beyond what was asked: whole words only, for a key may be a short number."""
    text = answer.without("\0").replace("%3D", "=")
    for word in asked:
        text = re.sub(rf"(?<![\w.]){re.escape(str(word))}(?![\w.])", "ASKED", text)
    return answer.status, text


def instead(answer: Answer, key: int) -> tuple[int, str]:
    """What the answer about a missing row tells, had it been asked about ``key``."""
    return answer.status, told(answer)[1].replace(str(MISSING), str(key))


# -- States.


def test_no_page_uses_the_state_machine_s_own_admin_and_every_state_is_protected() -> None:
    names = {base.__name__ for page in admin.site._registry.values() for base in type(page).__mro__}
    assert not {name for name in names if name.startswith("FSM")}
    fields = [f for m in apps.get_models() for f in m._meta.fields if isinstance(f, FSMField)]
    assert len([f for f in fields if not hasattr(f.model, "instance_type")]) >= 4
    assert all(f.protected for f in fields if not hasattr(f.model, "instance_type"))


@pytest.mark.parametrize(
    "name",
    ["auto_approve", "auto_accept", "lapse", "hold", "refund", "compensate", "approve_return"],
)
def test_a_hidden_transition_cannot_be_posted(walker: Walker, name: str) -> None:
    case = walker.world.row("a", "refundcase")
    for who in ("staff", "manager", "finance", "platform"):
        answer = post(
            walker, who, f"{CASES}{case.pk}/do/{name}/", version=case.version, note="x", why="x"
        )
        assert (answer.status, answer.written) == (404, {})


def test_a_forged_form_of_the_state_machine_s_admin_changes_nothing(walker: Walker) -> None:
    case = walker.world.row("a", "refundcase")
    for key in ("_state-approve", "_fsmtransition-state-refund", "_fsmtransition-state-approve"):
        answer = post(
            walker, "manager", f"{CASES}{case.pk}/change/", **{key: "1", "state": "refunded"}
        )
        assert (answer.status, answer.written) == (405, {})


# -- History.


def test_nobody_reverts_a_version_by_its_page(walker: Walker) -> None:
    case = walker.world.row("a", "refundcase")
    version = case.history.latest("history_id").pk
    for path in (
        f"{CASES}{case.pk}/history/{version}/",
        f"{CASES}{case.pk}/history/{version}/change/",
    ):
        for send in (get, post):
            answer = send(walker, "auditor", path, state="refunded", _save="1")
            assert (answer.status in (302, 404), answer.written) == (True, {})
            if answer.status == 302:
                assert get(walker, "auditor", answer.headers["Location"]).status == 404
    assert post(walker, "auditor", f"{CASES}{case.pk}/history/", state="x").status == 405


def test_history_knows_no_row_of_another_store(walker: Walker) -> None:
    for model in (
        "refunds_refundcase",
        "orders_order",
        "merchants_store",
        "refunds_payout",
        "merchants_supplier",
    ):
        row = walker.world.row("b", model.split("_")[1])
        assert (
            get(walker, "manager", reverse(f"admin:{model}_history", args=[row.pk])).status == 404
        )


# -- Imports and exports.


def test_nothing_is_imported_through_the_library_s_pages(walker: Walker) -> None:
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        for page in ("import", "process_import"):
            with pytest.raises(NoReverseMatch):
                reverse(f"{name}_{page}")


def test_exports_are_tables_for_those_with_the_permission_only(walker: Walker) -> None:
    pages = [page for page in admin.site._registry.values() if hasattr(page, "export_action")]
    assert len(pages) == 3
    for page in pages:
        assert [kind.__name__ for kind in page.formats] == ["CSV", "XLSX"]
        path = reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_export")
        assert {
            who
            for who in (*INSIDERS, "auditor", "platform")
            if get(walker, who, path).status == 200
        } <= {"manager", "finance"}
        assert get(walker, "staff", path).status == 403


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_name_that_is_a_formula_leaves_as_text(walker: Walker, start: str) -> None:
    buyer = walker.world.row("a", "buyer")
    evil = f"{start}1+1"
    models.QuerySet(Buyer).filter(pk=buyer.pk).update(name=evil)
    for path in (f"{CASES}export/", f"{ORDERS}export/"):
        text = post(walker, "manager", path, format="0", resource="0")
        assert text.headers["Content-Type"].startswith("text/csv")
        cells = [
            cell
            for row in csv.reader(io.StringIO(text.body.decode("utf-8-sig"), newline=""))
            for cell in row
        ]
        assert f"'{evil}" in cells
        assert evil not in cells
        book = openpyxl.load_workbook(
            io.BytesIO(post(walker, "manager", path, format="1", resource="0").body)
        )
        values = [
            cell
            for row in book.worksheets[0].iter_rows()
            for cell in row
            if "1+1" in str(cell.value)
        ]
        assert values
        assert all(cell.data_type == "s" and cell.value.startswith("'") for cell in values)


@pytest.mark.parametrize(
    ("path", "model"), [(f"{CASES}export/", "refundcase"), (f"{ORDERS}export/", "order")]
)
def test_a_forged_choice_of_rows_to_export_tells_nothing(
    walker: Walker, path: str, model: str
) -> None:
    foreign = walker.world.row("b", model).pk
    theirs = post(walker, "manager", path, format="0", resource="0", export_items=[foreign])
    nobody_s = post(walker, "manager", path, format="0", resource="0", export_items=[MISSING])
    assert leaks(walker, "manager", theirs) == []
    assert told(theirs) == instead(nobody_s, foreign)


# -- What the admin shows around a row.


def test_autocomplete_knows_nothing_of_other_stores(walker: Walker) -> None:
    asked = 0
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey) and field.related_model in admin.site._registry:
                asked += 1
                query = {
                    "app_label": model._meta.app_label,
                    "model_name": model._meta.model_name,
                    "field_name": field.name,
                }
                for who in (*INSIDERS, "other"):
                    for term in (
                        "MK",
                        "",
                        mark("b" if who != "other" else "a", field.related_model._meta.model_name),
                    ):
                        answer = get(walker, who, "/admin/autocomplete/", term=term, **query)
                        assert (
                            leaks(walker, who, answer, asked=term if len(term) > 2 else "") == []
                        ), (query, who)
    assert asked > 30


LISTS = [
    f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry
]


@pytest.mark.parametrize("path", LISTS)
def test_searching_for_what_others_have_finds_what_searching_for_nothing_finds(
    walker: Walker, path: str
) -> None:
    model = path.split("/")[3]
    for who in ("staff", "manager", "finance"):
        theirs, nothing = mark("b", model), mark("z", model)
        here = get(walker, who, path, q=theirs)
        assert told(here, theirs) == told(get(walker, who, path, q=nothing), nothing)


@pytest.mark.parametrize("path", LISTS)
def test_filtering_and_sorting_by_what_others_have_shows_nothing_of_it(
    walker: Walker, path: str
) -> None:
    for who in ("staff", "manager", "finance"):
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
    tabs = text.split("All", 1)[1][:300]
    assert str(own.count()) in tabs
    assert str(RefundCase.objects.count()) not in tabs


def test_there_is_no_shortcut_to_any_row(walker: Walker) -> None:
    row = walker.world.row("a", "refundcase")
    kind = ContentType.objects.get_for_model(row)
    assert get(walker, "platform", f"/admin/r/{kind.pk}/{row.pk}/").status == 404
    with pytest.raises(NoReverseMatch):
        reverse("admin:view_on_site", args=[kind.pk, row.pk])


def test_recent_actions_tell_nothing(walker: Walker) -> None:
    kind = ContentType.objects.get_for_model(RefundCase)
    for user in (walker.world.people["platform"], walker.world.people["staff"]):
        LogEntry.objects.create(
            user=user,
            content_type=kind,
            object_id="1",
            object_repr=mark("b", "refundcase"),
            action_flag=ADDITION,
            change_message="[]",
        )
    for path in ("/admin/", "/admin/refunds/"):
        assert leaks(walker, "staff", get(walker, "staff", path)) == []


def test_nothing_is_deleted(walker: Walker) -> None:
    for model in admin.site._registry:
        row = walker.world.row("a", model._meta.model_name)
        path = reverse(
            f"admin:{model._meta.app_label}_{model._meta.model_name}_delete", args=[row.pk]
        )
        for who in ("manager", "platform"):
            assert (get(walker, who, path).status, post(walker, who, path, post="yes").status) == (
                404,
                404,
            )
        chosen = post(
            walker, "platform", f"/admin/{model._meta.app_label}/{model._meta.model_name}/",
            action="delete_selected", _selected_action=[row.pk], post="yes",
        )  # fmt: skip
        assert chosen.written == {}
        assert (
            "delete_selected" not in get(walker, "platform", path.rsplit(f"{row.pk}/", 1)[0]).text
        )


def test_popups_list_own_rows_by_their_key_only(walker: Walker) -> None:
    for path in ("/admin/merchants/store/", ORDERS, CASES):
        assert get(walker, "staff", path, _popup="1", _to_field="account").status == 400
        assert leaks(walker, "staff", get(walker, "staff", path, _popup="1", _to_field="id")) == []
    assert get(walker, "staff", "/admin/merchants/store/add/", _popup="1").status == 403


def test_a_list_s_action_over_everything_is_over_own_rows(walker: Walker) -> None:
    theirs = walker.world.row("b", "refundcase").pk
    for chosen in (theirs, MISSING):
        for across in ("0", "1"):
            answer = post(
                walker,
                "manager",
                CASES,
                action="approve_chosen",
                _selected_action=[chosen],
                select_across=across,
            )
            assert answer.written == {}
            assert leaks(walker, "manager", answer) == []
    pair = [
        post(walker, "manager", CASES, action="approve_chosen", _selected_action=[pk])
        for pk in (theirs, MISSING)
    ]
    assert told(pair[0]) == instead(pair[1], theirs)


@pytest.mark.parametrize("key", ["abc", "9" * 30, "1 OR 1=1", "²"])
def test_a_forged_row_number_is_answered_with_a_sentence(walker: Walker, key: str) -> None:
    answer = post(walker, "manager", CASES, action="approve_chosen", _selected_action=[key])
    assert (answer.status, answer.defect, answer.written) == (400, "", {})
    answer = post(
        walker, "manager", f"{CASES}approve-many/", case=[f"{key}-1"], confirm="1", note="x"
    )
    assert (answer.status, answer.defect, answer.written) == (400, "", {})


@pytest.mark.parametrize("confirm", ["1", "2"])
def test_bulk_approval_does_not_tell_which_cases_others_have(walker: Walker, confirm: str) -> None:
    theirs = walker.world.row("b", "refundcase")
    answers = [
        post(
            walker, "manager", f"{CASES}approve-many/", case=[f"{pk}-1"], confirm=confirm, note="x"
        )
        for pk in (theirs.pk, MISSING)
    ]
    assert told(answers[0]) == instead(answers[1], theirs.pk)
    assert answers[0].written == answers[1].written == {}


def test_no_action_of_the_theme_runs_on_a_link() -> None:
    for page in admin.site._registry.values():
        for kind in ("actions_list", "actions_row", "actions_detail", "actions_submit_line"):
            assert not getattr(page, kind, ()), f"{page}: guard each action, and ask before it runs"


# -- The doors.


@pytest.mark.parametrize(
    "away", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_neither_the_language_nor_the_sign_in_leads_to_another_site(
    walker: Walker, away: str
) -> None:
    for who in ("staff", "anonymous"):
        answer = post(walker, who, "/i18n/setlang/", language="en", next=away)
        assert "evil" not in answer.headers["Location"]
        assert "javascript" not in answer.headers["Location"]
    signed_in = get(walker, "staff", "/admin/login/", next=away)
    assert (signed_in.status, signed_in.headers["Location"]) == (302, "/admin/")
    answer = post(
        walker, "anonymous", "/admin/login/", username="staff", password="demo", next=away
    )
    assert (answer.status, answer.headers["Location"]) == (302, "/admin/")


def test_every_form_needs_its_token(walker: Walker) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(walker.world.people["platform"])
    for address in addresses():
        path = address.path(dict.fromkeys(address.row_parts, 1))
        if path != "/healthz":
            assert client.post(path, {"note": "x"}).status_code in (
                {403} if path != "/" else {302, 403}
            ), path


def test_a_person_with_two_hats_wears_each_in_its_own_store(walker: Walker) -> None:
    user = User.objects.create_user("two-hats")
    with recorded(system(INSTALLER), "For a test."):
        for role, place in (("manager", "a"), ("finance", "a"), ("staff", "b")):
            Membership.objects.create(user=user, role=role, store=getattr(walker.world.cast, place))
    client = walker._client(User.objects.get(pk=user.pk))

    def read(path: str, **query: Any) -> str:
        return walker.send(client, "GET", path, query).text

    assert mark("b", "buyer") in read(CASES)
    table = walker.send(client, "POST", f"{CASES}export/", {"format": "0", "resource": "0"}).text
    assert mark("a", "buyer") in table
    assert mark("b", "buyer") not in table
    assert (
        mark("b", "buyer")
        not in walker.send(
            client, "POST", f"{ORDERS}export/", {"format": "0", "resource": "0"}
        ).text
    )
    for path in (
        "/admin/refunds/refundbatch/",
        "/admin/merchants/supplier/",
    ):
        assert mark("b", path.split("/")[3]) not in read(path)
    assert mark("b", "store") not in read("/admin/refunds/refundbatch/build/")
    assert mark("b", "merchant") not in read("/admin/merchants/supplier/add/")
    chosen = walker.world.row("b", "refundcase")
    answer = walker.send(
        client,
        "POST",
        f"{CASES}approve-many/",
        {"case": [f"{chosen.pk}-{chosen.version}"], "confirm": "1", "note": "x"},
    )
    assert answer.written == {}


def test_staff_read_of_a_payout_what_the_case_page_tells(walker: Walker) -> None:
    payout = Payout.objects.filter(case__store=walker.world.cast.b, state="failed").get()
    assert (
        leaks(walker, "manager", get(walker, "manager", f"{CASES}{payout.case_id}/change/")) == []
    )
    with pytest.raises(Exception, match="no such record"):
        perform("attach", case_id=payout.case_id, actor=person(walker.world.people["staff"]))
