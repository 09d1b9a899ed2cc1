"""Mail about what presses: to those who were told of it, once, and later where the server was away."""

import smtplib
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail as mails
from django.core.cache import cache
from django.db.models import QuerySet
from django.utils.timezone import now

from backoffice.models import User
from refunds.mailing import mail, mail_now_and_then
from refunds.models import Notice, Payout
from refunds.payouts.unknowns import tell
from tests.cast import Cast
from tests.flushing import rewrite
from tests.refunds.test_money_watch import lost

DAY_LATER = timedelta(hours=25)


@pytest.fixture
def told(cast: Cast) -> list[Payout]:
    """Two payouts of which finance was told, and has an address."""
    rewrite(QuerySet(User).filter(username="finance"), email="jun@example.com")
    payouts = lost(cast, "10.00", "5.00")
    with time_machine.travel(now() + DAY_LATER, tick=False):
        tell()
    return payouts


def mail_later(**more: Any) -> int:
    with time_machine.travel(now() + DAY_LATER + timedelta(**more), tick=False):
        return mail()


def test_finance_gets_one_mail_of_all_that_has_no_answer(told: list[Payout]) -> None:
    assert mail_later() == 1
    assert mail_later(minutes=5) == 0
    [sent] = mails.outbox
    assert sent.to == ["jun@example.com"]
    assert "2 payouts need to be looked at" in sent.subject
    for payout in told:
        line = f"A payout has had no answer for more than 24 hours: {payout.number}, case "
        assert line + payout.case.number in sent.body
    assert "打款超过24小时没有结果" in sent.body
    assert "Lin" not in sent.body
    assert not Notice.objects.filter(kind="unknown", mailed_at=None).exists()


def test_a_mail_that_is_sent_again_has_the_same_name(
    told: list[Payout], monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_args: Any, **_more: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(
            QuerySet, "update", die
        )  # the worker ends before it could note what it sent
        with pytest.raises(SystemExit):
            mail_later()
    assert mail_later(minutes=1) == 1
    names = [sent.message()["Message-ID"] for sent in mails.outbox]
    assert names == [names[0]] * 2
    with time_machine.travel(now() + timedelta(hours=50), tick=False):
        tell()
        assert mail() == 1
    assert mails.outbox[2].message()["Message-ID"] not in names  # what it tells is new


def test_who_has_no_address_or_left_gets_none(cast: Cast, told: list[Payout]) -> None:
    rewrite(QuerySet(User).filter(username="finance"), is_active=False)
    assert mail_later() == 0
    rewrite(QuerySet(User).filter(username="finance"), is_active=True, email="")
    assert mail_later() == 0
    assert mails.outbox == []


def test_what_the_mail_server_did_not_take_is_sent_later(
    told: list[Payout], monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def away(*_args: Any) -> None:
        raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")

    cache.clear()
    with monkeypatch.context() as patched:
        patched.setattr("refunds.mailing.EmailMessage.send", away)
        assert mail_later() == 0
    assert "Mail about payouts could not be sent" in caplog.text
    assert mail_now_and_then() is None  # it has half an hour
    assert mail_later(minutes=31) == 1
    assert len(mails.outbox) == 1


def test_what_is_older_than_a_day_is_no_news(told: list[Payout]) -> None:
    assert mail_later(days=1, minutes=1) == 0
