"""“@username” in a text calls a colleague – one who may see the case, or nobody."""

import re
from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from backoffice.exceptions import BadInput
from backoffice.models import User
from merchants.people import holders
from refunds.models import RefundCase

MOST = 20
SHOWN = 40  # characters of a name that nobody has
# An @ with a letter or a digit before it belongs to an e-mail address.
CALL = re.compile(r"(?<![A-Za-z0-9_%+-])@(?=[\w.+-])")
WORD = re.compile(r"[\w.+-]+")
GOES_ON = re.compile(r"[A-Za-z0-9_]")


def colleagues(case: RefundCase) -> QuerySet[User]:
    """Who may see the case, and so may be called."""
    return holders("refunds.view_refundcase", case.store)


def mentioned(text: str, case: RefundCase) -> list[User]:
    """The colleagues whom ``text`` calls, each once, in order.

    Raises ``BadInput`` for a name that is nobody's here. It says the same of a name that does not
    exist and of one in another store: who works elsewhere is nobody's business.
    """
    calls = [text[found.end() :] for found in CALL.finditer(text)]
    if not calls:
        return []
    people = {user.username: user for user in colleagues(case)}
    names = list(dict.fromkeys(_name(rest, people) for rest in calls))
    if len(names) > MOST:
        raise BadInput(_("%(most)d people at most can be called at once.") % {"most": MOST})
    return [people[name] for name in names]


def _name(rest: str, known: Iterable[str]) -> str:
    """The longest known name at the beginning of ``rest``: Chinese goes on without a space."""
    fits = [name for name in known if rest.startswith(name) and not _goes_on(rest, name)]
    if not fits:
        word = WORD.match(rest)
        raise BadInput(
            _("There is no colleague “@%(name)s” who may see this case. Check the name.")
            % {"name": word.group()[:SHOWN] if word else rest[:SHOWN]}
        )
    return max(fits, key=len)


def _goes_on(rest: str, name: str) -> bool:
    return bool(GOES_ON.match(rest[len(name) : len(name) + 1]))
