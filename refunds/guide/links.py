"""The way from a store's page to its public guide."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from merchants.models import Store
from merchants.store_links import StoreLink


def guide_link(store: Store) -> StoreLink | None:
    """The guide's address; none for a store that does not sell."""
    if not (store.active and store.merchant.active):
        return None
    return StoreLink(_("Public refund guide"), reverse("guide", args=[store.code]))
