"""From memberships to grants: which role a person has in which stores."""

from collections.abc import Iterator

from backoffice.access import Grant
from backoffice.models import User
from merchants.models import Membership, Merchant, Store


def grants_of(user: User) -> Iterator[Grant]:
    """The grants of ``user``; the account made by ``createsuperuser`` is the platform's."""
    if user.is_superuser:
        yield Grant("platform", None, None)
    memberships = Membership.objects.filter(user=user, active=True)
    for membership in memberships.select_related("store__merchant", "merchant"):
        yield _grant(membership)


def _grant(membership: Membership) -> Grant:
    store, merchant = membership.store, membership.merchant
    if store is not None:
        place, codes, owner = store.code, {store.pk: store.code}, store.merchant
    elif merchant is not None:
        stores = Store.objects.filter(merchant=merchant)
        place, owner = _all_of(merchant), merchant
        codes = dict(stores.values_list("pk", "code"))
    else:
        return Grant(membership.role, None, None)
    return Grant(
        membership.role,
        frozenset(codes),
        frozenset({owner.pk}),
        place,
        frozenset({*codes.values(), _all_of(owner)}),
    )


def _all_of(merchant: Merchant) -> str:
    return f"{merchant.code}/*"
