"""The search page: every filter finds what it says, a page at a time, within the reader's stores."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from backoffice.actors import IMPORTER, INSTALLER, TIMER, person, system
from backoffice.audit.log.models import Leaf
from backoffice.audit.log.running import begin
from backoffice.audit.log.sealing import seal
from backoffice.audit.recording import recorded
from backoffice.audit.search import paging
from backoffice.audit.search.asking import Question, answers
from backoffice.audit.search.indexing import catch_up
from backoffice.audit.search.models import ChangeEntry
from backoffice.clock import now
from backoffice.models import User
from merchants.models import Membership, Store
from orders.models import Order
from refunds.models import Payout, RefundCase
from refunds.workflow import perform
from tests.audit.search.asked import PAGE, ask, sentences, told
from tests.cast import Cast
from tests.exporting.taking import exported
from tests.refunds.factories import make_case, make_order
from tests.refunds.money import sent_batch

APPROVED = "refunds.refundcase:amount_approved"


def approved(cast: Cast, amount: str, place: str = "a") -> RefundCase:
    """A case of a store in which the amount was approved by its own clerk."""
    clerk = cast.staff if place == "a" else cast.staff2
    case = make_case(make_order(getattr(cast, place), (1, "500.00")), clerk)
    return perform("approve", case_id=case.pk, actor=person(clerk), amount=Decimal(amount))


def test_it_says_who_changed_an_approved_amount_in_a_store(client: Client, cast: Cast) -> None:
    case = approved(cast, "20.00")
    approved(cast, "30.00", "b")
    answer = told(client, cast.auditor, what=APPROVED, store=cast.a.pk)
    assert answer == [f"staff changed approved of refund case {case.number} from – to ¥20.00."]
    [chinese] = told(client, cast.auditor, "zh-hans", what=APPROVED, store=cast.a.pk)
    assert chinese == f"staff将售后单{case.number}的核准金额由–改为¥20.00。"


def test_the_line_has_the_reason_the_role_and_the_way_to_the_timeline(
    client: Client, cast: Cast
) -> None:
    case = make_case(make_order(cast.a), cast.staff)
    perform("approve", case_id=case.pk, actor=person(cast.staff), note="The parcel was empty.")
    html = ask(client, cast.auditor, what=APPROVED).content.decode()
    for words in ("The parcel was empty.", "Store staff · a", "in the admin", f"/refundcase/{case.pk}/history/"):  # fmt: skip
        assert words in html, words


FOUND: list[tuple[dict[str, str], set[str]]] = [
    ({"person": "staff2"}, {"30.00"}),
    ({"person": "STAFF"}, {"20.00"}),
    ({"person": "nobody at all"}, set()),
    ({"role": "staff"}, {"20.00", "30.00"}),
    ({"role": "finance"}, set()),
    ({"least": "25"}, {"30.00"}),
    ({"most": "25"}, {"20.00"}),
    ({"least": "20", "most": "30"}, {"20.00", "30.00"}),
    ({"act": "approve"}, {"20.00", "30.00"}),
    ({"act": "reject"}, set()),
    ({"act": "+"}, set()),
    ({"source": "admin"}, {"20.00", "30.00"}),
    ({"source": "timer"}, set()),
    ({"person": "staff2", "role": "staff", "source": "admin"}, {"30.00"}),
    ({"least": "25", "person": "STAFF"}, set()),
]


def test_each_filter_finds_what_it_says(client: Client, cast: Cast) -> None:
    approved(cast, "20.00")
    approved(cast, "30.00", "b")
    catch_up()
    client.force_login(cast.auditor)
    for question, found in FOUND:
        answer = sentences(client.get(PAGE, {"what": APPROVED, **question}))
        amounts = {line.rpartition(" to ")[2].rstrip(".") for line in answer}
        assert amounts == {f"¥{amount}" for amount in found}, question


def test_a_period_is_in_the_desk_s_days_and_its_last_day_belongs_to_it(
    client: Client, cast: Cast
) -> None:
    approved(cast, "20.00")
    catch_up()
    ChangeEntry.objects.update(at="2026-03-31T15:59:59Z")  # 23:59 in Shanghai
    march = {"what": APPROVED, "since": "2026-03-01", "until": "2026-03-31"}
    assert len(told(client, cast.auditor, **march)) == 1
    assert told(client, cast.auditor, what=APPROVED, since="2026-04-01") == []
    ChangeEntry.objects.update(at="2026-03-31T16:00:00Z")
    assert told(client, cast.auditor, **march) == []


def test_a_number_brings_all_that_belongs_to_it(client: Client, cast: Cast) -> None:
    batch = sent_batch(cast, "80.00")
    other = approved(cast, "20.00")
    payout = Payout.objects.get(batch=batch)
    for number in (payout.case.number, payout.case.order.number, batch.number):
        lines = " ".join(told(client, cast.auditor, number=number))
        assert payout.number in lines, number
        assert other.number not in lines, number


def test_pages_follow_each_other_without_a_gap_or_a_double(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "PAGE", 3)
    with recorded(person(cast.platform), "Eleven at one moment."):
        for n in range(11):
            store = Store.objects.get(pk=cast.a.pk)
            store.name = f"Name {n}"
            store.save()
    catch_up()
    ChangeEntry.objects.update(at=now() - timedelta(days=1))
    client.force_login(cast.auditor)
    lines, address = [], f"{PAGE}?what=merchants.store:name&store={cast.a.pk}"
    for _page in range(4):
        answer = client.get(address)
        lines += sentences(answer)
        older = answer.context["older"]
        address = f"{PAGE}?{older}"
    assert [line.rpartition(" to ")[2] for line in lines] == [f"Name {n}." for n in range(10, -1, -1)]  # fmt: skip
    assert older == ""


def test_pages_put_together_store_by_store_are_the_whole_answer(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "PAGE", 7)
    monkeypatch.setattr(paging, "LOOK", 15)  # of each store a few: where one ends, the others wait
    sent_batch(cast, "80.00")
    approved(cast, "30.00", "b")
    with recorded(system(INSTALLER), "In two stores."):
        Membership.objects.create(user=cast.manager, role="staff", store=cast.b)
    catch_up()
    for asked in (Question(), Question(kind="~"), Question(kind="+", person="staff")):
        for user in (User.objects.get(pk=cast.manager.pk), cast.finance, cast.auditor):
            found, after = [], None
            while True:
                part = paging.page(user, asked, after)
                found += [entry.pk for entry in part.entries]
                after = part.older
                if after is None:
                    break
            assert found == list(answers(user, asked).values_list("pk", flat=True))
            assert found or asked.person, user


def test_nothing_is_counted_and_nothing_skipped_and_the_queries_stay_few(
    client: Client, cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    sent_batch(cast, "80.00", "90.00")
    catch_up()
    client.force_login(cast.auditor)
    with django_assert_max_num_queries(45) as asked:
        client.get(PAGE)
    statements = [query["sql"] for query in asked.captured_queries if "changeentry" in query["sql"]]
    assert statements
    assert not [sql for sql in statements if "COUNT(" in sql or "OFFSET" in sql]


REFUSED = [
    ({"least": "9", "most": "3"}, "The largest amount is smaller than the smallest."),
    ({"since": "2026-03-02", "until": "2026-03-01"}, "The period ends before it begins."),
    ({"after": "9-x"}, "This address of a page is damaged. Search again."),
    ({"after": "9" * 41}, "Ensure this value has at most 40 characters"),
    ({"store": "77777"}, "Select a valid choice."),
    ({"what": "refunds.nothing"}, "Select a valid choice."),
    ({"since": "yesterday"}, "Enter a valid date."),
]


def test_what_cannot_be_asked_is_said_in_a_sentence(client: Client, cast: Cast) -> None:
    client.force_login(cast.auditor)
    for question, sentence in REFUSED:
        answer = client.get(PAGE, question)
        assert answer.status_code == 400, question
        assert sentence in answer.content.decode(), question


def test_nobody_reads_of_another_store(client: Client, cast: Cast) -> None:
    foreign = approved(cast, "30.00", "b")
    own = approved(cast, "20.00")
    lines = " ".join(told(client, cast.staff, number=foreign.number))
    assert lines == ""
    assert foreign.number not in " ".join(told(client, cast.manager))
    assert ask(client, cast.manager, store=cast.b.pk).status_code == 400
    assert len(told(client, cast.staff, what=APPROVED)) == 1
    assert own.number in " ".join(told(client, cast.staff, number=own.number))


def test_nobody_reads_of_what_they_may_not_see(client: Client, cast: Cast) -> None:
    batch = sent_batch(cast, "80.00")
    line = f"created refund batch {batch.number}."
    assert line in " ".join(told(client, cast.finance, number=batch.number))
    assert line not in " ".join(told(client, cast.staff, number=batch.number))
    assert told(client, cast.manager, number="", person="installer") != []
    catch_up()
    seen = ChangeEntry.objects.visible_to(cast.manager)
    assert not seen.filter(model=Membership._meta.label_lower).exists()
    assert not seen.exclude(store=cast.a.pk).exclude(store=None).exists()


def test_roles_are_no_filter_for_who_does_not_see_all_stores(client: Client, cast: Cast) -> None:
    assert 'name="role"' in ask(client, cast.auditor).content.decode()
    assert 'name="role"' not in ask(client, cast.manager).content.decode()


def test_nobody_writes_by_the_search(client: Client, cast: Cast) -> None:
    client.force_login(cast.auditor)
    assert client.post(PAGE).status_code == 405
    catch_up()
    entry = ChangeEntry.objects.latest("pk")
    assert client.get(f"{PAGE}{entry.pk}/change/").status_code == 404
    assert client.get(f"{PAGE}{entry.pk}/history/").status_code == 404


def test_an_exported_row_names_its_leaf_in_the_log(client: Client, cast: Cast) -> None:
    case = approved(cast, "20.00")
    catch_up()
    seal()
    page = ask(client, cast.auditor, what=APPROVED).content.decode()
    content = exported(client, "backoffice.changeentry", query=f"what={APPROVED}").decode("utf-8-sig")  # fmt: skip
    [row] = csv.DictReader(io.StringIO(content))
    version = case.history.latest()
    assert (row["log_table"], row["version"]) == ("refunds.HistoricalRefundCase", str(version.history_id))  # fmt: skip
    leaf = Leaf.objects.get(index=row["log_index"])
    assert leaf.row == version.history_id
    assert f'/refundcase/{case.pk}/history/#proof">row {leaf.index} of the log</a>' in page
    assert (row["number"], row["amount_after"], row["before"]) == (case.number, "20.00", "")
    assert row["currency"] == "CNY"


def test_a_store_s_people_take_no_file_of_history(client: Client, cast: Cast) -> None:
    client.force_login(cast.manager)
    assert client.get(f"{PAGE}export/").status_code == 403


def test_an_export_of_a_question_that_cannot_be_asked_is_refused(
    client: Client, cast: Cast
) -> None:
    client.force_login(cast.auditor)
    assert client.get(f"{PAGE}export/?least=9&most=3").status_code == 400


def test_what_the_timer_does_about_the_log_is_passed_over_until_it_is_asked_for(
    client: Client, cast: Cast
) -> None:
    for actor in (system(TIMER), person(cast.auditor)):
        begin(actor=actor, only_new=False, reason="It was time.")
    lines = {
        name: [line for line in told(client, cast.auditor, **asked) if "verification" in line]
        for name, asked in (
            ("all", {}),
            ("own", {"own": "on"}),
            ("what", {"what": "backoffice.verification"}),
        )
    }
    assert [line.partition(" ")[0] for line in lines["all"]] == ["auditor"]
    assert len(lines["own"]) == len(lines["what"]) == 2
    address = ask(client, cast.auditor, own="on").context["asked"]
    assert address == "own=on"


def test_an_import_is_found_by_its_way(client: Client, cast: Cast) -> None:
    with recorded(system(IMPORTER), "A file brought it."):
        Order.objects.create(store=cast.a, number="X-1", currency="CNY", placed_at=now())
    lines = told(client, cast.auditor, source="import")
    assert lines == ["Importer created order X-1."]
