"""Retention: what is kept for how long by which rule, and the pass that deletes what is over.

What can be deleted is registered by the app whose it is. A pass walks through it by key, some rows in one
transaction: killed at any moment, it has deleted what it says, and the next one goes on.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.core.cache import cache
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from backoffice import clock
from backoffice.actors import INSTALLER, TIMER, system
from backoffice.audit.bulk import create_many
from backoffice.audit.recording import recorded
from backoffice.bulk.progress import Progress, forget, progress_of, report
from backoffice.privacy.rules import RetentionPass, RetentionRule

Effect = RetentionRule.Effect
CHUNK = 200
EVERY = 24 * 3600
LEASE = 15 * 60
KEY = "retention"
INSTALLED = gettext_noop("Comes with the program.")
OVER = gettext_noop("The time for which it is kept is over.")
STEP = gettext_noop("Deleting what is no longer kept")


def nothing_held(_rows: Collection[int]) -> set[int]:
    """No row is held back."""
    return set()


@dataclass(frozen=True)
class Holding:
    """Something that is kept for a while.

    ``over`` gives the rows that had reached their end before a moment, ``held`` those of them (by id)
    that have to stay all the same, ``delete`` deletes some inside ``recorded`` and says how many. What
    ``takes_files`` of other holdings along is carried out after them, so that each is counted once.
    """

    code: str
    label: str | Promise
    counted_from: str | Promise
    over: Callable[[datetime], QuerySet]
    delete: Callable[[Collection[int]], int]
    held: Callable[[Collection[int]], set[int]] = nothing_held
    takes_files: bool = False


@dataclass(frozen=True)
class Due:
    """What a rule would delete now, what is held back, and when the next one is over."""

    holding: Holding
    rule: RetentionRule | None
    due: int = 0
    held: int = 0


class Shipped(NamedTuple):
    """A rule that comes with the program, until somebody makes another."""

    what: str
    effect: str
    days: int
    ground: str


_holdings: dict[str, Holding] = {}
_least: dict[str, Callable[[], int]] = {}
_steps = [KEY]


def register_holding(holding: Holding) -> None:
    """Let rules say how long ``holding`` is kept."""
    _holdings[holding.code] = holding


def register_least(code: str, days: Callable[[], int]) -> None:
    """Have nothing of a holding deleted that is younger than ``days`` gives, whatever a rule says."""
    _least[code] = days


def register_step(key: str) -> None:
    """Show the progress of ``key``, work on what is kept, beside that of a pass."""
    _steps.append(key)


def progress() -> list[Progress]:
    """How far whatever is under way is."""
    return [each for each in map(progress_of, _steps) if each.step]


def holdings() -> list[Holding]:
    """All that rules can be made for, in the order in which they are carried out."""
    return sorted(_holdings.values(), key=lambda holding: holding.takes_files)


def label_of(code: str) -> str:
    """What a holding is called."""
    return str(_holdings[code].label) if code in _holdings else code


def in_force(what: str, effect: str, day: date | None = None) -> RetentionRule | None:
    """The rule that counts today, or on a ``day`` to come, if there is one that has not ended."""
    day = day or localdate(clock.now())
    begun = RetentionRule.objects.filter(what=what, effect=effect, starts_on__lte=day)
    rule = begun.order_by("-starts_on", "-pk").first()
    return rule if rule is not None and rule.days is not None else None


def objection(*, what: str, effect: str, days: int | None, starts_on: date) -> str:
    """What speaks against such a rule, as a sentence: what it deletes is needed, or another says otherwise."""
    if days is None:
        return ""
    if effect == Effect.DELETE and days < (least := least_of(what)):
        return _("Work can be taken up again that needs it: choose %(days)d days or more.") % {
            "days": least
        }
    keep = in_force(what, Effect.KEEP, starts_on) if effect == Effect.DELETE else None
    if keep and keep.days and days < keep.days:
        return _("Another rule has it kept for at least %(days)d days.") % {"days": keep.days}
    delete = in_force(what, Effect.DELETE, starts_on) if effect == Effect.KEEP else None
    if delete and delete.days is not None and delete.days < days:
        return _("Another rule has it deleted after %(days)d days: change that one first.") % {
            "days": delete.days
        }
    return ""


def least_of(what: str) -> int:
    """For how many days nothing of a holding is deleted, whatever a rule says."""
    return _least[what]() if what in _least else 0


def kept_until(what: str) -> datetime | None:
    """What is younger than this has to be kept; ``None`` where no rule says so."""
    rule = in_force(what, Effect.KEEP)
    return _end_of(rule) if rule else None


def with_rules(*, but: Collection[str] = ()) -> list[tuple[Holding, RetentionRule]]:
    """What is deleted by a rule some day, and by which; without ``but``."""
    found = [(each, in_force(each.code, Effect.DELETE)) for each in holdings()]
    return [(each, rule) for each, rule in found if rule and each.code not in but]


def dry_run() -> list[Due]:
    """What a pass would delete now, rule by rule; writes nothing."""
    return [_due(holding) for holding in holdings()]


def apply() -> dict[str, int]:
    """Carry out every rule; how many rows went, by what they are. One machine at a time does it."""
    if not cache.add(f"lease:{KEY}", 1, LEASE):
        return {}
    try:
        return {
            holding.code: _carry_out(holding, rule)
            for holding in holdings()
            if (rule := in_force(holding.code, Effect.DELETE))
        }
    finally:
        cache.delete(f"lease:{KEY}")
        forget(KEY)


def apply_now_and_then() -> dict[str, int] | None:
    """For the tick: once a day; ``None`` when it is not time."""
    return apply() if cache.add("retention-applied", 1, EVERY) else None


def install(shipped: Iterable[Shipped]) -> None:
    """Make the rules of ``shipped`` for which there is none yet; they begin at once."""
    there = set(RetentionRule.objects.values_list("what", "effect"))
    missing = [rule for rule in shipped if (rule.what, rule.effect) not in there]
    today = localdate(clock.now())
    with recorded(system(INSTALLER), INSTALLED):
        create_many([RetentionRule(starts_on=today, **rule._asdict()) for rule in missing])


def _due(holding: Holding) -> Due:
    rule = in_force(holding.code, Effect.DELETE)
    if rule is None:
        return Due(holding, None)
    due = held = 0
    for rows in _chunks(holding, rule):
        stay = holding.held(rows)
        held += len(stay)
        due += len(rows) - len(stay)
    return Due(holding, rule, due, held)


def _carry_out(holding: Holding, rule: RetentionRule) -> int:
    made: RetentionPass | None = None
    for rows in _chunks(holding, rule):
        cache.set(f"lease:{KEY}", 1, LEASE)
        with recorded(system(TIMER), OVER, "retention"):
            stay = holding.held(rows)
            gone = holding.delete([row for row in rows if row not in stay])
            if gone:
                made = made or RetentionPass(rule=rule, began_at=clock.now())
                made.done += gone
                made.save()
                report(KEY, step=STEP, done=made.done)
    if made is None:
        return 0
    with recorded(system(TIMER), OVER, "retention"):
        made.ended_at = clock.now()
        made.save()
    return made.done


def _chunks(holding: Holding, rule: RetentionRule) -> Iterator[list[int]]:
    """The ids of what is over, some at a time, by key: what is held back is passed once."""
    over, last = holding.over(_end(holding, rule)).order_by("pk"), 0
    while rows := list(over.filter(pk__gt=last).values_list("pk", flat=True)[:CHUNK]):
        yield rows
        last = rows[-1]


def _end(holding: Holding, rule: RetentionRule) -> datetime:
    """Before which moment it is over: not sooner than work may need it, or another rule has it kept."""
    ends = [_end_of(rule), clock.now() - timedelta(days=least_of(holding.code))]
    kept = kept_until(holding.code)
    return min([*ends, kept] if kept else ends)


def _end_of(rule: RetentionRule) -> datetime:
    return clock.now() - timedelta(days=rule.days or 0)
