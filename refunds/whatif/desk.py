"""The desk under one scenario: past cases decided again, in the order in which things happen.

What waits – for a photo, for a deadline – waits in a heap, so memory holds the cases of a few days,
however long the period. The rails and the daily cap are the desk's own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from heapq import heappop, heappush
from itertools import count
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from backoffice.money import ZERO
from merchants import calendars
from refunds.clocks.counting import BEFORE_THE_CHANNEL
from refunds.deciding import rails
from refunds.deciding.daily_cap import Room
from refunds.instant import rails as instant_rails
from refunds.instant import rules
from refunds.models import InstantRule, RefundPolicy
from refunds.policies import Situation
from refunds.whatif.draft import Scenario
from refunds.whatif.past import BY_NOBODY, BY_PERSON, BY_RULE, BY_TIMER, Past
from refunds.whatif.people import People

# The rails that follow from policy and store; flags and holds are known of each case.
TIMER = (rails.SWITCHED_OFF, rails.TO_A_PERSON, rails.ABOVE_CEILING, rails.NEEDS_TWO)
RULE = (instant_rails.SWITCHED_OFF, rails.ABOVE_CEILING, rails.NEEDS_TWO)


@dataclass(frozen=True)
class Outcome:
    """How a case went: which way, how long it took (``None``: nobody decided), and the money."""

    way: str
    took: timedelta | None
    money: Decimal
    capped: bool = False


@dataclass(frozen=True)
class Waiting:
    """A case that is not decided yet, and what of it is known beforehand."""

    past: Past
    policy: RefundPolicy
    rules: list[InstantRule]
    deadline: datetime
    capped: bool = False


@dataclass
class Desk:
    """Decides again under ``scenario``; ``tell`` hears of each outcome, in the order of decision."""

    scenario: Scenario
    people: People
    tell: Callable[[Past, Outcome], None]
    _heap: list[tuple[datetime, int, str, Waiting]] = field(default_factory=list)
    _order: count = field(default_factory=count)
    rooms: dict[date, Room] = field(default_factory=dict)
    _policies: dict[Situation, RefundPolicy | None] = field(default_factory=dict)

    def take(self, past: Past) -> None:
        """A case is requested; first whatever fell due before happens."""
        self.advance(past.requested_at)
        policy = self._policy(past.situation)
        if policy is None:
            self._people(past, past.requested_at)
            return
        waiting = self._by_rule(self._asked(past, policy), past.requested_at)
        if waiting is None:
            return
        photo = past.photo_at
        if waiting.rules and photo and past.requested_at < photo < self._last_moment(waiting):
            self._wait(photo, "photo", waiting)
        else:
            self._wait(waiting.deadline, "deadline", waiting)

    def advance(self, until: datetime) -> None:
        """Let happen what falls due up to ``until``."""
        while self._heap and self._heap[0][0] <= until:
            at, _n, what, waiting = heappop(self._heap)
            if what == "photo":
                left = self._by_rule(waiting, at)
                if left is not None:
                    self._wait(left.deadline, "deadline", left)
            else:
                self._at_deadline(waiting)

    def finish(self, at: datetime) -> None:
        """Let everything up to ``at`` happen; what waits beyond that is as it is, or undecided."""
        self.advance(at)
        for _at, _n, _what, waiting in sorted(self._heap):
            if waiting.past.way == BY_TIMER:
                self.tell(waiting.past, Outcome(BY_NOBODY, None, ZERO))
            else:
                self._people(waiting.past, at)
        self._heap.clear()

    def still_waiting(self) -> list[tuple[datetime, str, Waiting]]:
        """What is not decided yet, in the order in which it comes: when, and what happens then."""
        return [(at, what, waiting) for at, _n, what, waiting in sorted(self._heap)]

    def wait_again(self, at: datetime, what: str, past: Past, *, capped: bool) -> None:
        """Put back what waited, in the order in which ``still_waiting`` gave it."""
        policy = self._policy(past.situation)
        if policy is not None:
            self._wait(at, what, replace(self._asked(past, policy), capped=capped))

    def _asked(self, past: Past, policy: RefundPolicy) -> Waiting:
        mine = rules.about(self.scenario.rules, past.situation.kind, past.situation.stage)
        return Waiting(past, policy, mine, self._deadline(past, policy))

    def _wait(self, at: datetime, what: str, waiting: Waiting) -> None:
        heappush(self._heap, (at, next(self._order), what, waiting))

    def _policy(self, situation: Situation) -> RefundPolicy | None:
        if situation not in self._policies:
            self._policies[situation] = self.scenario.policy_for(situation)
        return self._policies[situation]

    def _deadline(self, past: Past, policy: RefundPolicy) -> datetime:
        span = timedelta(hours=policy.review_hours)
        end = calendars.after(self.scenario.store, past.requested_at, span) + past.paused
        if past.channel_due_at:
            end = min(end, past.channel_due_at - BEFORE_THE_CHANNEL)
        return max(end, past.requested_at)

    def _last_moment(self, waiting: Waiting) -> datetime:
        """Until when a photo can still let a rule decide: the deadline, or what people really did."""
        past = waiting.past
        acted = past.at if past.way in (BY_PERSON, BY_NOBODY) else None
        return min(waiting.deadline, acted) if acted else waiting.deadline

    def _by_rule(self, waiting: Waiting, at: datetime) -> Waiting | None:
        """Let a rule decide now; gives what still waits, ``None`` for a case that is decided."""
        past = waiting.past
        if not waiting.rules or past.flagged or self._stopped(waiting, RULE):
            return waiting
        shown = past.photo_at is not None and past.photo_at <= at
        if rules.first_fit(waiting.rules, replace(past.facts, photo=shown)) is None:
            return waiting
        if not self._room(at).take(past.facts.currency, self._pays(past)):
            return replace(waiting, capped=True)
        self.tell(past, Outcome(BY_RULE, at - past.requested_at, past.facts.amount))
        return None

    def _at_deadline(self, waiting: Waiting) -> None:
        past, at = waiting.past, waiting.deadline
        acted = past.at if past.way in (BY_PERSON, BY_NOBODY) else self._usual(past)
        if (past.way != BY_TIMER and acted is not None and acted <= at) or self._stopped(
            waiting, TIMER
        ):
            self._people(past, at, capped=waiting.capped)
        elif self._room(at).take(past.facts.currency, self._pays(past)):
            self.tell(past, Outcome(BY_TIMER, at - past.requested_at, past.facts.amount))
        else:
            self._people(past, at, capped=True)

    def _stopped(self, waiting: Waiting, which: tuple[rails.Rail, ...]) -> bool:
        """Whether one of the desk's rails, or a hold, keeps this from happening by itself."""
        case = SimpleNamespace(
            store=self.scenario.store,
            policy=waiting.policy,
            at_deadline=waiting.policy.at_deadline,
            amount_requested=waiting.past.facts.amount,
        )
        return waiting.past.buyer_held or any(rail.stops(case) for rail in which)  # type: ignore[arg-type]  # all that they look at

    def _usual(self, past: Past) -> datetime | None:
        usual = self.people.time(past.situation.kind)
        return None if usual is None else past.requested_at + usual

    def _people(self, past: Past, at: datetime, *, capped: bool = False) -> None:
        """People decide, or the buyer withdraws: as it was, or as it usually is where nobody knows."""
        if past.way in (BY_PERSON, BY_NOBODY):
            took = past.at - past.requested_at if past.way == BY_PERSON and past.at else None
            self.tell(past, Outcome(past.way, took, past.approved, capped))
            return
        took = self.people.time(past.situation.kind) or timedelta(0)
        if (
            past.way == BY_TIMER
        ):  # nobody had decided by then: the usual time begins at the deadline
            took += at - past.requested_at
        money = self.people.approve(past.situation.kind, past.facts.amount)
        self.tell(past, Outcome(BY_PERSON, took, money, capped))

    def _pays(self, past: Past) -> Decimal:
        return past.facts.amount if past.pays else ZERO

    def _room(self, at: datetime) -> Room:
        """What is left of that moment's day, in the store's own time."""
        return self.room_of(at.astimezone(ZoneInfo(self.scenario.store.time_zone)).date())

    def room_of(self, day: date) -> Room:
        """What is left of ``day``; days that are over by then are forgotten."""
        store = self.scenario.store
        if day not in self.rooms:
            self.rooms = {d: room for d, room in self.rooms.items() if d >= day - timedelta(days=1)}
            self.rooms[day] = Room(store.daily_cap_count, store.daily_cap_amount)
        return self.rooms[day]
