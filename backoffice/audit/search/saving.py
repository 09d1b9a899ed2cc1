"""Keeping a question under a name, for oneself or for the other auditors too."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from backoffice.actors import Actor
from backoffice.audit.recording import recorded
from backoffice.audit.search.models import SEARCH, WATCH, SavedSearch
from backoffice.exceptions import BadInput, NotAllowed, NotFound

MOST = 50  # searches that one person keeps
LONGEST = 1_000  # characters of a query
KEPT, FORGOTTEN = gettext_noop("Kept a search."), gettext_noop("Gave a search up.")


def keep(*, name: str, query: str, shared: bool, actor: Actor) -> SavedSearch:
    """Keep what ``query`` asks under ``name``; ``shared`` shows it to the other auditors.

    Raises ``NotAllowed`` for who may not search, or share; ``BadInput`` for a name that is missing or
    taken, and for too many.
    """
    if not actor.user.has_perm(SEARCH) or (shared and not actor.user.has_perm(WATCH)):
        raise NotAllowed
    name = name.strip()
    if not name or len(name) > 80:
        raise BadInput(_("Give the search a name of at most 80 characters."))
    if not query or len(query) > LONGEST:
        raise BadInput(_("Search for something first; then keep the search."))
    if SavedSearch.objects.filter(owner=actor.user, active=True).count() >= MOST:
        raise BadInput(_("You keep %(most)d searches. Give one up first.") % {"most": MOST})
    try:
        with recorded(actor, KEPT), transaction.atomic():
            kept: SavedSearch = SavedSearch.objects.create(
                owner=actor.user, name=name, query=query, shared_with_auditors=shared
            )
    except IntegrityError:
        raise BadInput(_("You have a search of this name already.")) from None
    return kept


def give_up(*, pk: int, actor: Actor) -> None:
    """Let go of one's own search; raises ``NotFound`` for any other."""
    with recorded(actor, FORGOTTEN):
        rows = SavedSearch.objects.visible_to(actor.user).filter(pk=pk, owner=actor.user)
        kept = rows.first()
        if kept is None:
            raise NotFound
        kept.active = False
        kept.save()
