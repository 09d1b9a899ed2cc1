"""Links on a store's page that upper apps add, such as the store's public guide."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from merchants.models import Store


@dataclass(frozen=True)
class StoreLink:
    """What the link says, and where it leads."""

    label: str | Promise
    address: str


_sources: list[Callable[[Store], StoreLink | None]] = []


def register_store_link(source: Callable[[Store], StoreLink | None]) -> None:
    """Show ``source(store)`` on the store's page; ``None`` shows nothing."""
    if source not in _sources:
        _sources.append(source)


def links_of(store: Store) -> list[StoreLink]:
    """The links of this store."""
    return [link for link in (source(store) for source in _sources) if link]
