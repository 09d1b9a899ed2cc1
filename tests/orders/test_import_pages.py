from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from backoffice.bulk import jobs
from backoffice.bulk.progress import WRITING, report
from backoffice.bulk.runs import opened
from backoffice.models import User
from merchants.models import Store
from orders.loading.fields import FIELDS
from orders.models import ImportProfile, Order, OrderImport
from tests.cast import Cast
from tests.orders.files import HEADER, check, load, row, step, table

pytestmark = pytest.mark.once  # every page is opened on PostgreSQL by tests/access/test_opening.py

UPLOAD = "admin:orders_orderimport_upload"
GOOD = table(row(), row(Order_number="N2", Unit_price="0"))


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def upload(client: Client, store: Store, content: bytes = GOOD, name: str = "orders.csv") -> Any:
    profile = ImportProfile.objects.get(code="generic")
    file = SimpleUploadedFile(name, content)
    return client.post(reverse(UPLOAD), {"store": store.pk, "profile": profile.pk, "file": file})


def page(run: OrderImport, name: str = "change") -> str:
    return reverse(f"admin:orders_orderimport_{name}", args=[run.pk])


def test_a_manager_uploads_checks_and_applies_a_file(cast: Cast) -> None:
    client = as_(cast.manager)
    answer = upload(client, cast.a)
    run = OrderImport.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, page(run))
    waiting = client.get(page(run)).content.decode()
    assert f'data-progress-url="{page(run, "progress")}"' in waiting
    assert 'http-equiv="refresh"' in waiting
    step(run)
    checked = client.get(page(run)).content.decode()
    assert "1 new order will be written. 0 refund cases will be opened." in checked
    assert "The unit price is 0, so nothing was sold." in checked
    assert not Order.objects.exists()
    assert client.post(page(run, "confirm")).status_code == 302
    assert step(run).state == "applied"
    version = Order.objects.get().history.get()
    assert (version.history_user, version.source) == (cast.manager, "import")
    assert "1 new order was written." in client.get(page(run)).content.decode()


def test_only_own_stores_may_be_chosen(cast: Cast) -> None:
    client = as_(cast.manager)
    form = client.get(reverse(UPLOAD)).content.decode()
    assert "Store A" in form
    assert "Store B" not in form
    answer = upload(client, cast.b)
    assert answer.status_code == 400
    assert not OrderImport.objects.exists()


@pytest.mark.parametrize("name", ["staff", "finance", "checker", "auditor"])
def test_who_may_not_import_gets_no_form_and_cannot_post_one(cast: Cast, name: str) -> None:
    client = as_(cast.people[name])
    assert client.get(reverse(UPLOAD)).status_code == 403
    assert upload(client, cast.a).status_code == 403
    assert not OrderImport.objects.exists()


def test_an_auditor_reads_a_run_and_changes_nothing(cast: Cast) -> None:
    run = check(cast.a, GOOD)
    client = as_(cast.auditor)
    assert "new order will be written." in client.get(page(run)).content.decode()
    assert client.post(page(run, "confirm")).status_code == 403
    assert client.post(page(run, "cancel")).status_code == 403
    assert OrderImport.objects.get().state == "checked"


@pytest.mark.parametrize("name", ["change", "progress", "problems", "confirm", "cancel", "history"])
def test_another_stores_run_does_not_exist(cast: Cast, name: str) -> None:
    run = check(cast.b, GOOD)
    client = as_(cast.manager)
    missing = page(OrderImport(pk=999_999), name)
    for method in (client.get, client.post):
        answer = method(page(run, name))
        assert answer.status_code == method(missing).status_code
        assert answer.status_code in (404, 405)
    assert OrderImport.objects.get().state == "checked"
    assert (
        "orders.csv"
        not in client.get(reverse("admin:orders_orderimport_changelist")).content.decode()
    )


@pytest.mark.parametrize("name", ["confirm", "cancel"])
def test_decisions_are_never_taken_by_a_link(cast: Cast, name: str) -> None:
    run = check(cast.a, GOOD)
    assert as_(cast.manager).get(page(run, name)).status_code == 405
    assert OrderImport.objects.get().state == "checked"


def test_a_form_without_its_token_is_refused(cast: Cast) -> None:
    run = check(cast.a, GOOD)
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.manager)
    assert client.post(page(run, "confirm")).status_code == 403
    assert OrderImport.objects.get().state == "checked"


def test_dropping_a_file_writes_nothing(cast: Cast) -> None:
    run = check(cast.a, GOOD)
    client = as_(cast.manager)
    client.post(page(run, "cancel"))
    assert OrderImport.objects.get().state == "cancelled"
    answer = client.post(page(run, "confirm"), follow=True).content.decode()
    assert "Only a checked file can be applied." in answer
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "This file is empty."), (b"x" * 2000, "Files may have up to 0 MB")],
)
def test_a_file_that_cannot_be_kept_is_refused_on_the_form(
    cast: Cast, settings: Any, content: bytes, sentence: str
) -> None:
    settings.UPLOAD_LIMIT = 1000
    answer = upload(as_(cast.manager), cast.a, content)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not OrderImport.objects.exists()


def test_a_picture_called_csv_is_refused_in_a_sentence(cast: Cast) -> None:
    client = as_(cast.manager)
    upload(client, cast.a, b"\x89PNG\r\n\x1a\n\x00\x00")
    run = step(OrderImport.objects.get())
    assert run.state == "refused"
    assert "This is not a table but a file of type PNG." in client.get(page(run)).content.decode()


def test_the_same_file_again_is_said_to_be_known(cast: Cast) -> None:
    load(cast.a, GOOD)
    again = check(cast.a, GOOD)
    text = as_(cast.manager).get(page(again)).content.decode()
    assert "The very same file was applied for this store on" in text
    elsewhere = check(cast.b, GOOD)
    assert "The very same file" not in as_(cast.platform).get(page(elsewhere)).content.decode()


def test_problems_come_in_pages_and_as_a_safe_csv(cast: Cast) -> None:
    bad = [row(Order_number=f"N{n}", Unit_price="0") for n in range(150)]
    columns = {**ImportProfile.objects.get(code="generic").columns, "unit_price": "=Price"}

    with recorded(system(INSTALLER), "A test."):
        ImportProfile.objects.create(code="odd", name="Odd", columns=columns)
    run = check(
        cast.a, table(*bad, header=[h if h != "Unit price" else "=Price" for h in HEADER]), "odd"
    )
    client = as_(cast.manager)
    first, second = (client.get(page(run), {"p": p}).content.decode() for p in (1, 2))
    assert first.count("nothing was sold") == 100
    assert second.count("nothing was sold") == 50
    answer = client.get(page(run, "problems"))
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "Row,Field,Problem"
    assert lines[1] == '2,\'=Price,"The unit price is 0, so nothing was sold."'
    assert len(lines) == 151


def test_progress_is_told_as_figures(cast: Cast) -> None:
    client = as_(cast.manager)
    upload(client, cast.a)
    run = OrderImport.objects.get()
    report(jobs.key_of(run), step=WRITING, done=50, total=200)
    assert client.get(page(run, "progress")).json() == {
        "state": "Waiting to be checked", "step": "Working through the rows", "done": 50, "total": 200, "finished": False,
    }  # fmt: skip
    step(run)
    assert client.get(page(run, "progress")).json()["finished"] is True


def test_a_file_that_a_worker_is_at_does_not_wait(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, said = as_(cast.manager), []
    upload(client, cast.a)
    run = OrderImport.objects.get()
    check, apply = jobs._check, jobs._apply

    def look(inner: Any) -> Any:
        def looked(kind: Any, held: OrderImport) -> None:
            said.append(client.get(page(run, "progress")).json()["state"])
            said.append(f">{said[-1]}</span>" in client.get(page(run)).content.decode())
            inner(kind, held)

        return looked

    monkeypatch.setattr(jobs, "_check", look(check))
    monkeypatch.setattr(jobs, "_apply", look(apply))
    step(run)
    client.post(page(run, "confirm"))
    step(run)
    assert said == ["Being checked", True, "Being applied", True]
    assert OrderImport.objects.get().state == "applied"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"time_zone": "Mars/Base"}, "There is no time zone “Mars/Base”."),
        ({"time_zone": "../../etc/passwd"}, "There is no time zone"),
        ({"date_format": "%H:%M"}, "This does not describe a whole date."),
        (
            {"columns": '{"number": "A"}'},
            "Say which column is: placed_at, sku, quantity, unit_price.",
        ),
        ({"columns": '{"colour": "A"}'}, "There is no field colour."),
        ({"columns": '["A"]'}, "Write one object"),
        ({"currency": "XYZ"}, "“XYZ” is not a currency."),
        ({"freight_skus": '{"a": 1}'}, "Write a list of SKUs"),
    ],
)
def test_a_profile_that_cannot_work_is_refused(
    cast: Cast, changes: dict[str, str], sentence: str
) -> None:
    answer = as_(cast.platform).post(
        reverse("admin:orders_importprofile_add"), {**PROFILE, **changes}
    )
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not ImportProfile.objects.filter(code="mine").exists()


COLUMNS = '{"number": "A", "placed_at": "B", "sku": "C", "quantity": "D", "unit_price": "E"}'
PROFILE = {
    "code": "mine",
    "name": "Mine",
    "separator": ",",
    "decimal_mark": ".",
    "date_format": "%d.%m.%Y",
    "time_zone": "Europe/Berlin",
    "currency": "eur",
    "columns": COLUMNS,
    "cancellation_prefix": "",
    "freight_skus": "[]",
    "change_reason": "A new channel.",
}


def test_the_platform_adds_a_profile_and_says_why(cast: Cast) -> None:
    answer = as_(cast.platform).post(reverse("admin:orders_importprofile_add"), PROFILE)
    assert answer.status_code == 302, answer.content.decode()
    version = ImportProfile.objects.get(code="mine").history.get()
    assert (version.actor_name, version.history_change_reason) == ("platform", "A new channel.")
    content = b"A,B,C,D,E\nN1,24.12.2024,S,1,5\n"
    assert load(cast.a, content, "mine").counts["preview"][0]["currency"] == "EUR"


def test_a_manager_reads_profiles_and_cannot_write_them(cast: Cast) -> None:
    client = as_(cast.manager)
    assert client.get(reverse("admin:orders_importprofile_changelist")).status_code == 200
    assert client.post(reverse("admin:orders_importprofile_add"), PROFILE).status_code in (403, 405)
    assert not ImportProfile.objects.filter(code="mine").exists()


def test_a_profile_shows_its_columns_as_a_table(cast: Cast) -> None:
    profile = ImportProfile.objects.get(code="generic")
    for name, may_change in (("manager", False), ("platform", True)):
        url = reverse("admin:orders_importprofile_change", args=[profile.pk])
        page = as_(getattr(cast, name)).get(url).content.decode()
        for field, column in profile.columns.items():
            assert f"<tr><td>{FIELDS[field].label}</td><td>{column}</td></tr>" in page
        assert ('name="columns"' in page) is may_change
        assert ("&quot;number&quot;: &quot;" in page) is may_change


def test_the_stored_name_is_never_the_browsers(cast: Cast) -> None:
    upload(as_(cast.manager), cast.a, name="../../evil.csv")
    run = OrderImport.objects.get()
    assert run.file.name.startswith("orderimport/")
    assert "evil" not in run.file.name
    with opened(run) as file:
        assert file.read() == GOOD
