"""The id of the request at hand, carried to history rows and log lines."""

import uuid
from contextvars import ContextVar

_request_id: ContextVar[str] = ContextVar("request_id", default="")


def current_request_id() -> str:
    """The id of the request, task or command at hand; one is made up where there is none."""
    return _request_id.get() or new_request_id()


def new_request_id() -> str:
    """Start a new id for what follows in this context."""
    value = uuid.uuid4().hex
    _request_id.set(value)
    return value
