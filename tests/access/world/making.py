"""The whole world, written once."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import models

from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from backoffice.audit.search.indexing import catch_up
from backoffice.clock import now
from backoffice.models import User
from backoffice.privacy.reading import SEE
from backoffice.roles import ROLES
from merchants.models import Membership
from refunds.models import CheckingLimit, RefundPolicy, ReplayCheckpoint
from tests.access.world.cases import refund_rows
from tests.access.world.files import file_rows
from tests.access.world.marks import PARTS, PEOPLE, PLACES, PRICES, account_of, mark, secret
from tests.access.world.merchants import assessment_rows, merchant_rows
from tests.access.world.money import reconciliation_rows
from tests.access.world.orders import order_rows
from tests.access.world.shared import shared_rows
from tests.cast import Cast, make_cast
from tests.flushing import rewrite
from tests.people import change_person, make_person


@dataclass
class World:
    """The rows by place and model, the people, and the markers."""

    cast: Cast
    people: dict[str, User]
    rows: dict[str, dict[str, models.Model]] = field(default_factory=dict)
    marks: dict[tuple[str, str], str] = field(default_factory=dict)
    hidden: dict[str, dict[str, str]] = field(default_factory=dict)

    def row(self, place: str, model: str) -> Any:
        """The row of ``model`` in ``place``, or the one that all places share."""
        return self.rows[place].get(model) or self.rows["shared"][model]

    def own(self, who: str) -> str:
        """The place whose rows ``who`` works with; strangers try store A's."""
        return PLACES.get(who) or "a"

    def foreign(self, who: str) -> list[str]:
        """The places that ``who`` must not know about."""
        if who in PLACES:
            return [place for place in ("a", "a2", "b") if PLACES[who] and place != PLACES[who]]
        return ["a", "a2", "b"]

    def hidden_from(self, who: str) -> dict[str, str]:
        """Every marker that ``who`` must never read, with the place and model it stands for."""
        if who not in self.hidden:
            self.hidden[who] = self._hidden_from(who)
        return self.hidden[who]

    def _hidden_from(self, who: str) -> dict[str, str]:
        shown = (
            ROLES["staff" if who == "other" else who].permissions if who in PLACES else frozenset()
        )
        hidden = {}
        for (place, model), text in self.marks.items():
            near = who in PLACES and place not in self.foreign(who)
            app = next(
                (
                    row._meta.app_label
                    for row in self.rows[place].values()
                    if row._meta.model_name == model
                ),
                "",
            )
            permissions = set((PARTS.get(model) or f"{app}.view_{model}").split())
            if not (near and permissions & shown):
                hidden[text] = f"{model} of {place}"
        for place, model in self.marks:
            if place in self.foreign(who) or who not in PLACES or SEE not in shown:
                hidden[secret(place, model)] = f"personal data in {model} of {place}"
        for place in ("a", "a2", "b"):
            hidden[account_of(place)] = f"account of the buyer of {place}"
        for place in self.foreign(who):
            whole, cents = PRICES[place].split(".")
            hidden[PRICES[place]] = hidden[f"{int(whole):,}.{cents}"] = f"amount of {place}"
        return hidden


def make_world() -> World:
    """Write everything; the services make what services make."""
    # The prices are markers, too large for one signature.
    rewrite(models.QuerySet(CheckingLimit), batch_amount=10**9, line_amount=10**9)
    cast = make_cast()
    with recorded(system(INSTALLER), "The world of the access tests."):
        people = {name: cast.people[name] for name in PEOPLE if name in cast.people}
        people["other"] = _named(make_person("other"), "b")
        Membership.objects.create(user=people["other"], role="staff", store=cast.b)
        for name in ("staff", "manager", "finance", "checker"):
            _named(people[name], "")
        for role in ("staff", "manager", "finance", "checker"):
            for place, store in (("a2", cast.a2), ("b", cast.b)):
                Membership.objects.create(user=_maker(role, place), role=role, store=store)
    world = World(cast, people)
    for place in ("a", "a2", "b"):
        _fill(world, place)
    catch_up()
    world.rows["shared"] = shared_rows(cast, people)
    return world


def _named(user: User, place: str) -> User:
    return change_person(user, first_name=f"{user.username}-{place or 'a'}")


def _maker(role: str, place: str) -> User:
    return make_person(f"{role}-of-{place}")


def _fill(world: World, place: str) -> None:
    cast, rows = world.cast, {}
    names = {"staff": "staff", "manager": "manager", "finance": "finance", "checker": "checker"}
    who = {
        role: User.objects.get(username=name if place == "a" else f"{role}-of-{place}")
        for role, name in names.items()
    }
    store = getattr(cast, place)
    with recorded(system(INSTALLER), "The world of the access tests."):
        store.name, store.account = mark(place, "store"), mark(place, "store")
        store.save()
        rows["store"] = store
        if place != "a2":
            rows |= merchant_rows(place, store)
        rows |= order_rows(place, store)
        rows["refundpolicy"] = RefundPolicy.objects.create(
            store=store, kind="exchange", stage="received", valid_from=now() - timedelta(days=9),
            review_hours=47, auto_ceiling=Decimal(PRICES[place]),
        )  # fmt: skip
    if place != "a2":
        rows |= assessment_rows(place, rows["supplier"], who["manager"])
    rows |= refund_rows(place, rows["order"], who)
    rows |= file_rows(place, rows, who)
    rows |= reconciliation_rows(place, store, who)
    world.rows[place] = rows
    replay, text = rows["policyreplay"], mark(place, "replaycheckpoint")
    rows["replaycheckpoint"] = ReplayCheckpoint.objects.create(
        replay=replay, last_requested_at=now(), last_pk=1, seen=1, kept={"people": text}
    )
    for model in rows:
        world.marks[place, model] = mark(place, model)
