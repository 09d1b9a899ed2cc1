"""Whose history a person may search: that of every row whose history page they could open."""

from collections import defaultdict
from collections.abc import Iterator
from functools import cache

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from backoffice.access import Reach, grants, reach
from backoffice.accounts.account import AbstractAccount
from backoffice.audit.models import Audited


def audited() -> list[type[Audited]]:
    """Every model with history, by its label."""
    found = (model for model in apps.get_models() if issubclass(model, Audited))
    return sorted(found, key=lambda model: model._meta.label_lower)


@cache
def by_label() -> dict[str, type[Audited]]:
    """The same, to be found by the label that an entry bears."""
    return {model._meta.label_lower: model for model in audited()}


def owner_of(model: type[models.Model]) -> type[models.Model]:
    """The model in whose history ``model`` is told: its own, or that of what it is part of."""
    path = getattr(model, "part_of", "")
    for name in path.split("__") if path else ():
        model = model._meta.get_field(name).related_model  # type: ignore[assignment]
    return model


def view_code(model: type[models.Model]) -> str:
    """The permission to see rows of ``model``: its own, or that of what it is part of."""
    meta = model._meta if "view" in model._meta.default_permissions else owner_of(model)._meta
    return f"{meta.app_label}.view_{meta.model_name}"


def readable(user: AbstractAccount | AnonymousUser) -> dict[type[Audited], Reach]:
    """The models whose history ``user`` may read, and where."""
    held = {model: reach(user, view_code(model)) for model in by_label().values()}
    return {model: where for model, where in held.items() if where}


def in_sight(user: AbstractAccount | AnonymousUser) -> Q:
    """The entries that ``user`` may read, as a condition; of somebody who may read all, none."""
    if every_code() <= _held_everywhere(user):
        return Q()
    places: defaultdict[tuple[str, frozenset[int] | None, bool], list[str]] = defaultdict(list)
    for model, where in readable(user).items():
        places[_place(model, where)].append(model._meta.label_lower)
    sight = Q(pk__in=())
    for (column, ids, common), labels in places.items():
        inside = Q() if ids is None else Q(**{f"{column}__in": ids})
        if common:
            inside |= Q(store=None)
        sight |= Q(model__in=labels) & inside
    return sight


def stores_in_sight(user: AbstractAccount | AnonymousUser) -> list[int] | None:
    """The stores of which ``user`` reads history, beside what belongs to none; ``None`` means all."""
    held = [where.stores for _model, where in _kept_by_store(user)]
    if None in held:
        return None
    return sorted(frozenset[int]().union(*(ids for ids in held if ids)))


def _kept_by_store(user: AbstractAccount | AnonymousUser) -> Iterator[tuple[type[Audited], Reach]]:
    for model, where in readable(user).items():
        if model.store_lookup and not model.shared:
            yield model, where


@cache
def every_code() -> frozenset[str]:
    """What it takes to read all of history."""
    return frozenset(view_code(model) for model in by_label().values())


def _held_everywhere(user: AbstractAccount | AnonymousUser) -> frozenset[str]:
    """What ``user`` holds in all stores and merchants."""
    everywhere = (g for g in grants(user) if g.stores is None and g.merchants is None)
    return frozenset[str]().union(*(grant.permissions for grant in everywhere))


def _place(model: type[Audited], where: Reach) -> tuple[str, frozenset[int] | None, bool]:
    """Which column of an entry is asked for which ids; no ids means everywhere."""
    column = "store" if model.store_lookup else "merchant"
    ids = where.stores if model.store_lookup else where.merchants
    if model.shared or ids is None:
        return "", None, False
    return column, ids, model.common_without_store
