"""Rows that belong to no store."""

from datetime import time

from django.db import models

from backoffice.actors import INSTALLER, person, system
from backoffice.audit.log.models import LogAlarm, Verification
from backoffice.audit.recording import recorded
from backoffice.clock import now
from backoffice.models import InstalledRole, User
from backoffice.privacy.models import SensitiveRead
from backoffice.privacy.rules import RetentionPass, RetentionRule
from merchants.models import Membership, Store, WorkingCalendar, WorkingHours
from orders.models import ImportProfile
from refunds.models import (
    CheckingLimit,
    CompensationLimit,
    CutOff,
    ExemptGround,
    RefundCase,
    RejectCode,
    RouteLimit,
)
from tests.cast import Cast
from tests.merchants.desk import scorecard


def shared_rows(cast: Cast, people: dict[str, User]) -> dict[str, models.Model]:
    """One of each; what is there is taken."""
    verification = verification_of(people["auditor"])
    return {
        "formtemplate": scorecard(),
        "exemptground": ExemptGround.objects.get(code="E02"),
        "reason": RefundCase.objects.all()[0].reason,
        "rejectcode": RejectCode.objects.get(code="R05"),
        "publicstore": public_store(cast),
        "importprofile": ImportProfile.objects.all()[0],
        "user": people["staff"],
        "installedrole": InstalledRole.objects.get(name="staff"),
        "membership": Membership.objects.get(user=people["staff"]),
        "workingcalendar": calendar(),
        "verification": verification,
        "logalarm": alarm_of(verification),
        "compensationlimit": CompensationLimit.objects.get(role="staff"),
        "checkinglimit": CheckingLimit.objects.get(),
        "routelimit": RouteLimit.objects.get(),
        "cutoff": CutOff.objects.all()[0],
        **retention(),
        "sensitiveread": SensitiveRead.objects.create(
            reader=people["staff"],
            reader_name="Somebody",
            at=now(),
            page="/admin/",
            values=1,
            rows=[["orders.order 1", ["name"]]],
        ),
    }


def retention() -> dict[str, models.Model]:
    """A rule, and a pass of it."""
    rule = RetentionRule.objects.all()[0]
    with recorded(system(INSTALLER), "The world of the access tests."):
        return {
            "retentionrule": rule,
            "retentionpass": RetentionPass.objects.create(rule=rule, began_at=now()),
        }


def calendar() -> WorkingCalendar:
    """Open on Mondays."""
    with recorded(system(INSTALLER), "The world of the access tests."):
        calendar = WorkingCalendar.objects.create(code="mondays", name="Mondays")
        WorkingHours.objects.create(calendar=calendar, weekday=0, opens=time(9), closes=time(18))
        return calendar


def verification_of(auditor: User) -> Verification:
    """One that found nothing."""
    with recorded(person(auditor), "The world of the access tests."):
        return Verification.objects.create(
            asked_by=auditor, asked_at=now(), ended_at=now(), state="holds"
        )


def alarm_of(run: Verification) -> LogAlarm:
    """One that is over."""
    with recorded(person(run.asked_by), "The world of the access tests."):
        return LogAlarm.objects.create(
            kind="broken", about=str(run.pk), found_at=now(), gone_at=now()
        )


def public_store(cast: Cast) -> Store:
    """A store that bears no mark: its guide is for everybody."""
    with recorded(system(INSTALLER), "The world of the access tests."):
        return Store.objects.create(merchant=cast.merchant, code="open-shop", name="Open shop")
