"""From memberships to grants: which role a person has in which stores."""

from collections.abc import Iterator

from backoffice.access import Grant
from backoffice.models import User
from merchants.models import Membership, Store


def grants_of(user: User) -> Iterator[Grant]:
    """The grants of ``user``; the account made by ``createsuperuser`` is the platform's."""
    if user.is_superuser:
        yield Grant("platform", None, None)
    for membership in Membership.objects.filter(user=user, active=True).select_related(
        "store", "merchant"
    ):
        yield _grant(membership)


def _grant(membership: Membership) -> Grant:
    if membership.store is not None:
        stores, merchants = {membership.store.pk}, {membership.store.merchant_id}
    elif membership.merchant is not None:
        stores = set(
            Store.objects.filter(merchant=membership.merchant).values_list("pk", flat=True)
        )
        merchants = {membership.merchant.pk}
    else:
        return Grant(membership.role, None, None)
    return Grant(membership.role, frozenset(stores), frozenset(merchants))
