"""Who may do what, where: the table of roles, and the stores a person may see.

A *grant* is a role in some stores. Grants come from the app that knows memberships (it registers
``grants_of``); everything else asks here, by permission: ``reach(user, "refunds.view_refundcase")``.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, ClassVar, Self

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from backoffice.accounts.account import AbstractAccount
from backoffice.roles import ROLES


@dataclass(frozen=True)
class Grant:
    """One role of one person, in the stores and merchants given; ``None`` means in all of them.

    ``place`` says where, in history: a store's code, or ``code/*`` for all stores of a merchant;
    ``places`` are all such words about the stores that are reached.
    """

    role: str
    stores: frozenset[int] | None
    merchants: frozenset[int] | None
    place: str = ""
    places: frozenset[str] = frozenset()

    @property
    def permissions(self) -> frozenset[str]:
        """What the role may do."""
        return ROLES[self.role].permissions


@dataclass(frozen=True)
class Reach:
    """The stores and merchants in which a person holds a permission; ``None`` means all."""

    stores: frozenset[int] | None = frozenset()
    merchants: frozenset[int] | None = frozenset()

    def __or__(self, other: "Reach") -> "Reach":
        return Reach(_union(self.stores, other.stores), _union(self.merchants, other.merchants))

    def __bool__(self) -> bool:
        return self.stores is None or bool(self.stores) or bool(self.merchants)


def _union(a: frozenset[int] | None, b: frozenset[int] | None) -> frozenset[int] | None:
    return None if a is None or b is None else a | b


_grants_of: list[Callable[[Any], Iterable[Grant]]] = []


def register_grants(source: Callable[[Any], Iterable[Grant]]) -> None:
    """Let ``source`` tell which grants a person has. Called once per app, when it is ready."""
    _grants_of.append(source)


def grants(user: AbstractAccount | AnonymousUser) -> tuple[Grant, ...]:
    """All grants of an active person, read once per user object."""
    if not isinstance(user, AbstractAccount) or not user.is_active:
        return ()
    if user.held_grants is None:
        user.held_grants = tuple(grant for source in _grants_of for grant in source(user))
    return user.held_grants


def reach(user: AbstractAccount | AnonymousUser, permission: str) -> Reach:
    """Where ``user`` holds ``permission`` (“app.codename”)."""
    held = (Reach(g.stores, g.merchants) for g in grants(user) if permission in g.permissions)
    return reduce(or_, held, Reach())


def covers(user: AbstractAccount | AnonymousUser, permission: str, row: models.Model) -> bool:
    """Whether ``user`` holds ``permission`` in the store or merchant that ``row`` belongs to."""
    held = reach(user, permission)
    if not held:
        return False
    if (
        not isinstance(row, Scoped)
        or row.shared
        or (held.stores is None and held.merchants is None)
    ):
        return True
    store = _own_store(row)
    if store is not None and held.stores is not None:
        return store in held.stores
    return type(row)._base_manager.filter(_within(type(row), held), pk=row.pk).exists()


def _own_store(row: "Scoped") -> int | None:
    """The row's store where the row says it itself; a page asks that of one case forty times."""
    lookup = row.store_lookup
    if row.pk is None or not lookup or "__" in lookup:
        return None
    return row.pk if lookup == "pk" else getattr(row, f"{lookup}_id", None)


def _within(model: "type[Scoped]", held: Reach) -> Q:
    """The rows of ``model`` inside ``held``."""
    if model.store_lookup:
        if held.stores is None:
            return Q()
        own = Q(**{f"{model.store_lookup}__in": held.stores})
        return own | Q(**{model.store_lookup: None}) if model.common_without_store else own
    return Q() if held.merchants is None else Q(**{f"{model.merchant_lookup}__in": held.merchants})


class ScopedQuerySet(models.QuerySet):
    """Rows that know whose they are."""

    model: "type[Scoped]"  # type: ignore[assignment]  # narrower than Django's stub

    def visible_to(self, user: AbstractAccount | AnonymousUser) -> Self:
        """Only rows of stores in which ``user`` may view this model."""
        return self.within(user, _code(self.model, "view"))

    def within(self, user: AbstractAccount | AnonymousUser, permission: str) -> Self:
        """Only rows of stores in which ``user`` holds ``permission``."""
        held = reach(user, permission)
        if not held:
            return self.none()
        return self if self.model.shared else self.filter(_within(self.model, held))


class Scoped(models.Model):
    """A row that belongs to a store or a merchant – or, said outright, to nobody (``shared``).

    ``store_lookup`` and ``merchant_lookup`` are the query path from the row to its owner's id;
    ``common_without_store`` says that rows whose store is empty are everybody's.
    """

    store_lookup: ClassVar[str] = ""
    common_without_store: ClassVar[bool] = False
    merchant_lookup: ClassVar[str] = ""
    shared: ClassVar[bool] = False

    objects: ClassVar[Any] = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True


def _code(model: type[models.Model], verb: str) -> str:
    return f"{model._meta.app_label}.{verb}_{model._meta.model_name}"


def unknown_permissions() -> set[str]:
    """Permissions in the table of roles that no model declares: always empty, or a mistake."""
    declared = {
        f"{model._meta.app_label}.{codename}"
        for model in apps.get_models()
        for codename in (
            *(f"{verb}_{model._meta.model_name}" for verb in model._meta.default_permissions),
            *(name for name, _label in model._meta.permissions),
        )
    }
    return {p for role in ROLES.values() for p in role.permissions} - declared
