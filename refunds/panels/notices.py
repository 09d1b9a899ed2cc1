"""What is new for a person, on the home page and beside the menu."""

from django.http import HttpRequest

from backoffice.admin.home import Panel, register_panel
from backoffice.navigation import register_badge
from refunds import notices

MOST = 6


def for_you_panel(request: HttpRequest) -> Panel | None:
    """The newest things to look at; no box where there is nothing new."""
    rows = list(notices.unseen(request.user)[: MOST + 1])
    if not rows:
        return None
    return Panel("refunds/panels/for_you.html", {"notices": rows[:MOST], "more": len(rows) > MOST})


def number(request: HttpRequest) -> int:
    """How many things are new."""
    return notices.unseen(request.user).order_by().count()


def register() -> None:
    """Show both to whoever sees cases."""
    register_panel(for_you_panel, permission=notices.SEE, order=18)
    register_badge("refunds_notice_changelist", number)
