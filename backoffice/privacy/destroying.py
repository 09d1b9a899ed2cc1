"""Destroying people's keys: what was sealed under them is noise from then on, in rows, versions and copies."""

from collections.abc import Collection

from backoffice import clock
from backoffice.among import AmongTexts
from backoffice.privacy.keys import Subject
from backoffice.privacy.models import PersonKey, PersonWord


def destroy(subjects: Collection[Subject]) -> int:
    """Destroy all keys of ``subjects``, and what their names were found by; gives the number of keys.

    The caller has seen to it that nothing speaks against it, and writes down who asked. Waits for whoever
    seals something under one of them at this moment: that goes with the key.
    """
    alive = PersonKey.objects.filter(
        AmongTexts("subject", [subject.name for subject in subjects]), destroyed_at=None
    )
    keys = list(alive.select_for_update().order_by("pk").values_list("pk", flat=True))
    PersonWord.objects.filter(person__in=keys).delete()
    return PersonKey.objects.filter(pk__in=keys).update(wrapped=None, destroyed_at=clock.now())
