"""Who is who in the table of expectations, and what an outcome of a page means.

A page's ``get`` and ``post`` say, per outcome, which people get it for a row of their own store:

    read, list, form, file   200
    ask                      200, or 409 where the row's state does not allow it now
    go                       a redirect
    act                      may write own rows; somebody's forged form has to, or it proves nothing
    try                      may answer, and may write own rows, but need not

Whoever is not named is denied. Strangers (``nobody`` has an account without a role) are sent to the
sign-in. A row of another store is always 404, and looks exactly like one that does not exist.
"""

from dataclasses import dataclass, field

STORE = "staff manager finance checker other"
ALL = f"{STORE} auditor platform"
MONEY = "finance checker auditor platform"
PAYOUTS = ALL
BATCHES = f"manager {MONEY}"
OFFICE = "manager auditor platform"
PEOPLE = "auditor platform"
EXPORTS = "manager finance auditor platform"
DESK = "staff manager other"
TOLD = "staff other"
UNCOVER = "finance checker auditor"
UNUSUAL = [
    "hours",
    "pairs-batches",
    "pairs-cases",
    "release",
    "bursts",
    "rails",
    "risk",
    "buyers",
    "newcomers",
]
STRANGERS = "nobody anonymous"
EVERYBODY = f"{ALL} {STRANGERS}"

OUTCOMES = {
    "read": {200}, "list": {200, 302, 403}, "form": {200}, "file": {200}, "ask": {200, 409}, "go": {301, 302},
    "act": {200, 302, 400, 409}, "try": {200, 302, 400, 403, 409, 429},
    "health": {200, 503},
}  # fmt: skip
DENIED = {403, 404, 405}


@dataclass(frozen=True)
class Page:
    """What happens at one address. ``rows`` names the row that each part of it stands for."""

    get: dict[str, str] = field(default_factory=dict)
    post: dict[str, str] = field(default_factory=dict)
    rows: dict[str, str] = field(default_factory=dict)
