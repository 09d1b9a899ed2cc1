"""Is the product alive: database and its guards, broker, and the age of the timer's last tick."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from backoffice.audit.guards.standing import missing_guards
from backoffice.celery import app
from backoffice.clock import now
from backoffice.models import Heartbeat

TICK = "tick"
LATE = timedelta(seconds=60)
PATIENCE = 2  # seconds to wait for a broker that does not answer
_details: dict[str, Callable[[], str]] = {}


def register_detail(name: str, ask: Callable[[], str]) -> None:
    """Let ``/healthz`` tell what ``ask`` says; it decides nothing about whether all is well."""
    _details[name] = ask


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when everything runs, 503 when anything does not; never a secret, never a traceback."""
    report: dict[str, Any] = {"database": database(), "broker": broker()}
    report["guards"] = guards() if report["database"] == "ok" else None
    report["tick_age_seconds"] = tick_age() if report["database"] == "ok" else None
    fresh = report["tick_age_seconds"] is not None and report["tick_age_seconds"] < late_after()
    report["timer"] = "ok" if fresh else "late"
    for name, ask in _details.items():
        report[name] = ask() if report["database"] == "ok" else None
    well = {report[part] for part in ("database", "guards", "broker", "timer")} == {"ok"}
    report["status"] = "ok" if well else "failing"
    response = JsonResponse(report, status=200 if well else 503)
    response._has_been_logged = True  # type: ignore[attr-defined]  # the asker knows; the log need not fill up
    return response


def late_after() -> float:
    """How old a tick may be, in seconds: a minute, or three ticks where they are rarer."""
    return max(LATE.total_seconds(), 3.0 * settings.TICK_SECONDS)


def database() -> str:
    """Whether the database answers, and has our tables."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        Heartbeat.objects.exists()
    except Error:
        return "failing"
    return "ok"


def guards() -> str:
    """Whether all rows that are written once are guarded by the database."""
    return "missing" if missing_guards() else "ok"


def broker() -> str:
    """Whether the broker takes messages: folders that can be written to, or a server that answers."""
    if app.conf.broker_url.startswith("filesystem:"):
        options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
        folders = [str(path) for name, path in options.items() if "folder" in name]
        return (
            "ok" if all(os.access(folder, os.W_OK | os.X_OK) for folder in folders) else "failing"
        )
    try:
        with app.connection_for_write(connect_timeout=PATIENCE) as link:
            link.ensure_connection(max_retries=1, interval_start=0, timeout=PATIENCE)
    except Exception:  # each transport raises its own, and any of them means the same
        return "failing"
    return "ok"


def tick_age() -> float | None:
    """Seconds since the timer last ticked; ``None`` when it never did."""
    last = Heartbeat.objects.filter(name=TICK).first()
    return round((now() - last.at).total_seconds(), 1) if last else None


def beat(name: str, at: datetime | None = None) -> None:
    """Note that ``name`` ran just now, or at the time given."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": at or now()})
