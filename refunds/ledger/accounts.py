"""The accounts of the ledger, opened when money first comes to them."""

from typing import Any

from refunds.models import Account

Key = tuple[str, int | None, int | None, str]


class Accounts:
    """The accounts that some movements need, each looked up once."""

    def __init__(self) -> None:
        self._known: dict[Key, Account] = {}

    def of_store(self, kind: str, store_id: int, currency: str) -> Account:
        """A store's own money, what is on its way, or what its buyers got."""
        return self._get(kind, store_id, None, currency)

    def deposit(self, merchant_id: int, currency: str) -> Account:
        """A merchant's guarantee deposit."""
        return self._get(Account.Kind.DEPOSIT, None, merchant_id, currency)

    def platform(self, currency: str) -> Account:
        """The platform's own money, of which it pays in advance."""
        return self._get(Account.Kind.PLATFORM, None, None, currency)

    def _get(self, kind: str, store: int | None, merchant: int | None, currency: str) -> Account:
        key = (kind, store, merchant, currency)
        if key not in self._known:
            owners = {"store_id": store, "merchant_id": merchant}
            owner: dict[str, Any] = {name: pk for name, pk in owners.items() if pk is not None}
            self._known[key], _new = Account.objects.get_or_create(
                kind=kind, currency=currency, **owner
            )
        return self._known[key]
