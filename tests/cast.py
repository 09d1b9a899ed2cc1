"""The fixed cast of every test: two merchants, three stores, one person per role."""

from dataclasses import dataclass, field

from backoffice.actors import INSTALLER, system
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


def _store(merchant: Merchant, code: str, name: str) -> Store:
    return Store.objects.create(
        merchant=merchant,
        code=code,
        name=name,
        account=f"ACC-{code.upper()}",
        return_address=f"{name}, Returns, 1 Harbour Road",
    )


def make_cast() -> Cast:
    """Write the cast into the database."""
    with recorded(system(INSTALLER), "The cast of the tests."):
        merchant = Merchant.objects.create(code="north", name="North Trading")
        other = Merchant.objects.create(code="south", name="South Trading")
        cast = Cast(
            merchant,
            other,
            a=_store(merchant, "a", "Store A"),
            a2=_store(merchant, "a2", "Store A2"),
            b=_store(other, "b", "Store B"),
        )
        for name, role, store in (
            ("staff", "staff", cast.a),
            ("manager", "manager", cast.a),
            ("supervisor", "supervisor", cast.a),
            ("legal", "legal", cast.a),
            ("manager2", "manager", cast.a),
            ("staff2", "staff", cast.b),
            ("finance", "finance", cast.a),
            ("checker", "checker", cast.a),
            ("auditor", "auditor", None),
            ("platform", "platform", None),
        ):
            user = User.objects.create_user(name, password=PASSWORD)
            Membership.objects.create(user=user, role=role, store=store)
            cast.people[name] = user
        cast.people["nobody"] = User.objects.create_user("nobody", password=PASSWORD)
    return cast
