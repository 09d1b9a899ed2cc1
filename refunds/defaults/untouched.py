"""Which shipped rows a person has changed since: those stay as they are."""

from backoffice.actors import INSTALLER
from backoffice.audit.models import Audited


def touched_by_people(model: type[Audited]) -> set[int]:
    """The ids of the rows of ``model`` that somebody other than the installer wrote."""
    by_others = model.history.exclude(history_user__username=INSTALLER)
    return set(by_others.values_list("id", flat=True))
