"""The stores that a person may ask about, as the app that knows stores tells them."""

from collections.abc import Callable, Iterable

from django.contrib.auth.models import AnonymousUser

from backoffice.models import User

Store = tuple[int, str]
Stores = Callable[[User | AnonymousUser], Iterable[Store]]
_sources: list[Stores] = []


def register_stores(source: Stores) -> None:
    """Let ``source`` tell the stores that a person sees: the id and the name of each."""
    _sources.append(source)


def stores_of(user: User | AnonymousUser) -> list[Store]:
    """The stores that ``user`` sees, by their names."""
    found = (store for source in _sources for store in source(user))
    return sorted(found, key=lambda store: store[1])
