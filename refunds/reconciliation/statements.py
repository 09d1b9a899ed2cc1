"""Reports of what was booked on an account: brought as files, checked, staged, and matched.

A statement is read as a stream, twice: memory does not grow with it. Bookings that an earlier one told
of are no second booking. Locks are taken in the order days, orders, cases, payouts.
"""

from collections import Counter
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any, BinaryIO

from django.utils.translation import gettext_noop

from backoffice import clock
from backoffice.actors import Actor
from backoffice.audit.bulk import update_many
from backoffice.audit.recording import recorded
from backoffice.bulk import runs
from backoffice.bulk.jobs import BATCH, Findings, actor_of, keep_lease, key_of
from backoffice.bulk.progress import READING, WRITING, report
from backoffice.exceptions import BadInput, NotAllowed, NotFound
from backoffice.money import ZERO
from backoffice.sentences import sentence as _
from merchants.models import Store
from refunds.bankfiles.contents import StatementLine
from refunds.bankfiles.reading import read_statement
from refunds.models import BankLine, ReconciliationDay, StatementImport
from refunds.reconciliation import days
from refunds.reconciliation.matching import match

LOAD = "refunds.load_statement"
REPORTED = gettext_noop("A report of this day came.")
MOST_DAYS = 92  # of one statement
OLDEST = 400  # days back


@dataclass
class Sums:
    """What a statement tells, in figures that do not grow with it."""

    rows: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    totals: dict[str, Decimal] = field(default_factory=dict)
    days: set[tuple[str, date]] = field(default_factory=set)

    def add(self, line: StatementLine) -> None:
        """Count one line."""
        self.rows += 1
        name = f"{line.direction} {line.currency}"
        self.counts[name] += 1
        self.totals[name] = self.totals.get(name, ZERO) + line.amount
        self.days.add((line.currency, line.booked_on))


def bring_statement(
    *,
    store_id: int,
    file: BinaryIO,
    name: str,
    actor: Actor,
    account: str | None = None,
    day_from: date | None = None,
    day_until: date | None = None,
) -> StatementImport:
    """Keep a report about a store's account and have it checked.

    ``account`` is the store's own where none is named. Raises ``NotFound`` and ``NotAllowed`` by
    store, and ``BadInput`` for an empty or huge file.
    """
    store = Store.objects.filter(pk=store_id).first()
    if not actor.user.is_system:
        store = Store.objects.visible_to(actor.user).filter(pk=store_id).first()
        if store is not None and not actor.user.has_perm(LOAD, store):
            raise NotAllowed
    if store is None:
        raise NotFound
    return runs.bring(
        StatementImport,
        file=file,
        name=name,
        actor=actor,
        store=store,
        account=store.account if account is None else account,
        day_from=day_from,
        day_until=day_until,
    )


def check_statement(run: StatementImport) -> Findings:
    """What the statement tells; writes nothing. Raises ``BadInput`` for what cannot be one of ours."""
    _check_first_time(run)
    sums = Sums()
    for line in _read(run):
        _check_day(run, line)
        sums.add(line)
        if sums.rows % BATCH == 0:
            keep_lease(run)
            report(key_of(run), step=READING, done=sums.rows)
            _check_number_of_days(sums)
    _check_number_of_days(sums)
    return Findings(counts=_figures(sums))


def apply_statement(run: StatementImport) -> dict[str, Any]:
    """Stage the lines and match every day that they tell of, inside the caller's transaction."""
    actor = actor_of(run)
    if not (actor.user.is_system or actor.user.has_perm(LOAD, run)):
        raise NotAllowed
    _check_first_time(run)
    with recorded(actor, REPORTED, "report"):
        homes = _homes(run)
        _stage(run, homes)
        _note(run, [home for (_currency, day), home in homes.items() if home.day == day])
    rows = {home.pk for home in homes.values()}
    found = Counter[str]()
    for pk in sorted(rows):
        keep_lease(run)
        found.update(match(day_id=pk, actor=actor))
    new = run.lines.count()
    return {**found, "new": new, "known": run.counts["rows"] - new}


def _check_first_time(run: StatementImport) -> None:
    if runs.twin_of(run, store=run.store_id, account=run.account) is not None:
        raise BadInput(
            _("This very file was loaded before, so loading it again would change nothing.")
        )


def _read(run: StatementImport) -> Generator[StatementLine, None, None]:
    with closing(runs.opened(run)) as file:
        head, lines = read_statement(file)
        with closing(lines):
            if head.account and run.account and _bare(head.account) != _bare(run.account):
                raise BadInput(
                    _("This statement is of the account %(theirs)s, not of %(ours)s.")
                    % {"theirs": head.account[:60], "ours": run.account}
                )
            yield from lines


def _bare(account: str) -> str:
    """An account's number as banks compare it, without spaces."""
    return "".join(account.split()).upper()


def _check_day(run: StatementImport, line: StatementLine) -> None:
    today = days.today(run.store, clock.now())
    if not 0 <= (today - line.booked_on).days <= OLDEST:
        raise BadInput(
            _("Row %(row)d was booked on %(day)s: that is in the future, or too long ago.")
            % {"row": line.row, "day": line.booked_on.isoformat()}
        )


def _check_number_of_days(sums: Sums) -> None:
    if len({day for _currency, day in sums.days}) > MOST_DAYS:
        raise BadInput(
            _("A statement tells of at most %(days)d days. Split it into parts.")
            % {"days": MOST_DAYS}
        )


def _figures(sums: Sums) -> dict[str, Any]:
    return {
        "rows": sums.rows,
        "parts": [
            {"name": name, "count": sums.counts[name], "total": str(total)}
            for name, total in sorted(sums.totals.items())
        ],
        "days": sorted([currency, day.isoformat()] for currency, day in sums.days),
    }


def _homes(run: StatementImport) -> dict[tuple[str, date], ReconciliationDay]:
    """The day, locked and open, on which each currency's bookings of each day count.

    A day that the report only announces, and that is closed, is left out.
    """
    booked = {(currency, date.fromisoformat(day)) for currency, day in run.counts["days"]}
    told = booked | {(run.store.currency, day) for day in _announced(run)}
    rows = {key: days.row_for(run.store, run.account, *key) for key in sorted(told)}
    held = days.locked(rows.values())
    homes = {
        key: held[row.pk] for key, row in rows.items() if held[row.pk].state == days.State.OPEN
    }
    late = {key: days.open_day_after(held[rows[key].pk]) for key in sorted(booked - homes.keys())}
    held = days.locked(late.values())
    return homes | {key: held[row.pk] for key, row in late.items()}


def _announced(run: StatementImport) -> list[date]:
    """The days that a report says it tells of, whether or not anything was booked on them."""
    if run.day_from is None or run.day_until is None:
        return []
    length = (run.day_until - run.day_from).days + 1
    return [run.day_from + n * days.ONE for n in range(min(length, MOST_DAYS))]


def _stage(run: StatementImport, homes: dict[tuple[str, date], ReconciliationDay]) -> None:
    """Write the lines that no statement told of before, some at a time."""
    seen = Counter[int]()  # of bookings without a reference: the others are told apart by it
    done = 0
    with closing(_read(run)) as lines:
        while page := list(islice(lines, BATCH)):
            rows = [_staged(run, line, homes[line.currency, line.booked_on], seen) for line in page]
            BankLine.objects.bulk_create(rows, ignore_conflicts=True)
            done += len(rows)
            keep_lease(run)
            report(key_of(run), step=WRITING, done=done, total=run.counts["rows"])


def _staged(
    run: StatementImport, line: StatementLine, day: ReconciliationDay, seen: Counter[int]
) -> BankLine:
    repeat = 0
    if not line.bank_reference:
        key = hash((line.currency, line.booked_on, line.direction, line.number, line.amount))
        repeat = seen[key]
        seen[key] += 1
    return BankLine(
        run=run,
        day=day,
        store_id=run.store_id,
        account=run.account,
        row=line.row,
        number=line.number,
        amount=line.amount,
        currency=line.currency,
        booked_on=line.booked_on,
        direction=line.direction,
        returned=line.returned,
        bank_reference=line.bank_reference,
        reason=line.reason,
        repeat=repeat,
    )


def _note(run: StatementImport, rows: list[ReconciliationDay]) -> None:
    """Who told of these days, and when."""
    for row in rows:
        row.reported_at, row.loaded_by = run.uploaded_at, run.uploaded_by
        row.loaded_person = run.uploaded_by.person
    update_many(rows, ["reported_at", "loaded_by", "loaded_person"])
