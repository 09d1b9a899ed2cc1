"""The fixed cast of every test: two merchants, three stores, one person per role."""

from dataclasses import dataclass, field

from django.contrib.auth.hashers import make_password

from backoffice.actors import INSTALLER, system
from backoffice.audit.bulk import create_many
from backoffice.audit.recording import recorded
from backoffice.models import User
from merchants.models import Membership, Merchant, Store

PASSWORD = "demo"


@dataclass
class Cast:
    """``a`` and ``a2`` belong to the first merchant, ``b`` to the second."""

    merchant: Merchant
    other_merchant: Merchant
    a: Store
    a2: Store
    b: Store
    people: dict[str, User] = field(default_factory=dict)

    def __getattr__(self, name: str) -> User:
        try:
            return self.__dict__["people"][name]
        except KeyError:
            raise AttributeError(name) from None


ROLES = {
    "staff": "a",
    "manager": "a",
    "supervisor": "a",
    "legal": "a",
    "finance": "a",
    "checker": "a",
    "auditor": "",
    "platform": "",
}
MORE = {"manager2": ("manager", "a"), "staff2": ("staff", "b")}


def _store(merchant: Merchant, code: str, name: str) -> Store:
    return Store(
        merchant=merchant,
        code=code,
        name=name,
        account=f"ACCT-{code.upper()}",
        return_address=f"{name}, Returns, 1 Harbour Road",
    )


def make_cast() -> Cast:
    """Write the cast into the database, in a handful of statements."""
    with recorded(system(INSTALLER), "The cast of the tests."):
        north, south = create_many(
            [
                Merchant(code="north", name="North Trading"),
                Merchant(code="south", name="South Trading"),
            ]
        )
        a, a2, b = create_many(
            [
                _store(north, "a", "Store A"),
                _store(north, "a2", "Store A2"),
                _store(south, "b", "Store B"),
            ]
        )
        cast = Cast(north, south, a=a, a2=a2, b=b, people=_people())
        stores = {"a": a, "b": b, "": None}
        roles = {**{name: (name, place) for name, place in ROLES.items()}, **MORE}
        create_many(
            [
                Membership(user=cast.people[name], role=role, store=stores[place])
                for name, (role, place) in roles.items()
            ]
        )
    return cast


def _people() -> dict[str, User]:
    """Everybody, with the same password."""
    secret = make_password(PASSWORD)
    people = [User(username=name, password=secret) for name in (*ROLES, *MORE, "nobody")]
    return {user.username: user for user in create_many(people)}
