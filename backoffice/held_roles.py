"""The roles of a person as history keeps them, and as a page reads them out again.

Kept is one line of English: “Store manager · north-a, north-b; Finance · south/*”. No code holds what
separates here, so a page can tell each role in its reader's language – where the reader is, too: in
which other stores a colleague works is nobody's business.
"""

from django.contrib.auth.models import AnonymousUser
from django.utils import translation
from django.utils.translation import gettext

from backoffice.access import grants
from backoffice.accounts.account import AbstractAccount
from backoffice.roles import ROLES

BETWEEN_ROLES, BEFORE_PLACES, BETWEEN_PLACES = "; ", " · ", ", "
EVERY_STORE = "/*"


def held_roles(user: AbstractAccount) -> str:
    """Every role that ``user`` holds, and where; asks what ``grants`` asks, once per user object."""
    places: dict[str, list[str]] = {}
    for grant in grants(user):
        places.setdefault(grant.role, []).append(grant.place)
    labels = kept_labels()
    held = [_line(labels[role], sorted(places[role])) for role in ROLES if role in places]
    return BETWEEN_ROLES.join(held)


def told_roles(kept: str, reader: AbstractAccount | AnonymousUser) -> str:
    """What ``held_roles`` gave, in the reader's language and of the reader's places only."""
    held = grants(reader)
    everywhere = any(grant.stores is None for grant in held)
    own = frozenset[str]().union(*(grant.places for grant in held))
    told = []
    for part in filter(None, kept.split(BETWEEN_ROLES)):
        role, _, places = part.partition(BEFORE_PLACES)
        seen = [place for place in places.split(BETWEEN_PLACES) if everywhere or place in own]
        if seen or not places:
            told.append(_line(gettext(role), [_told_place(place) for place in seen]))
    return BETWEEN_ROLES.join(told)


def _told_place(place: str) -> str:
    """A store by its code; all stores of a merchant in words."""
    merchant = place.removesuffix(EVERY_STORE)
    return place if merchant == place else gettext("all of %(merchant)s") % {"merchant": merchant}


def kept_labels() -> dict[str, str]:
    """Each role as its line in history begins, by its code."""
    with translation.override("en"):
        return {code: str(role.label) for code, role in ROLES.items()}


def _line(label: str, places: list[str]) -> str:
    named = BETWEEN_PLACES.join(filter(None, places))
    return BEFORE_PLACES.join(filter(None, [label, named]))
