"""Who works where: the people who hold a permission in a store."""

from django.db.models import Q, QuerySet

from backoffice.models import User
from backoffice.roles import PLATFORM_ROLES, ROLES
from merchants.models import Membership, Store


def holders(permission: str, store: Store) -> QuerySet[User]:
    """The active people who hold ``permission`` in ``store``, by their user names."""
    roles = {name for name, role in ROLES.items() if permission in role.permissions}
    place = Q(store=store) | Q(merchant=store.merchant_id) | Q(role__in=PLATFORM_ROLES)
    held = Membership.objects.filter(place, role__in=roles, active=True)
    everywhere = Q(is_superuser=True) if "platform" in roles else Q(pk__in=())
    people = User.objects.filter(Q(pk__in=held.values("user")) | everywhere)
    return people.filter(is_active=True, is_system=False).order_by("username")
