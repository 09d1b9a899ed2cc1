"""Folders as a broker, without torn messages.

Kombu's own channel makes a message's file first and fills it afterwards. A worker that looks in between
takes an empty file, fails on it and ends – and ``make run`` with it.
"""

from pathlib import Path
from queue import Empty
from time import monotonic_ns
from typing import Any
from uuid import uuid4

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps


class WholeMessages(filesystem.Channel):
    """A message is under its name when it is whole, and not before."""

    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:  # type: ignore[override]  # the stubs contradict each other
        folder = Path(self.data_folder_out)
        name = f"{monotonic_ns() // 1_000_000}_{uuid4()}.{queue}.msg"
        draft = folder / f"{name}.draft"
        draft.write_text(dumps(payload), encoding="utf-8")
        draft.replace(folder / name)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        """The next message. One that a crash of the machine left torn counts as lost."""
        try:
            return super()._get(queue)
        except ValueError:
            raise Empty from None


class Folders(filesystem.Transport):
    """The transport of ``filesystem://`` addresses."""

    Channel = WholeMessages


def use_whole_messages() -> None:
    """Take this transport wherever an address begins with ``filesystem:``."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Folders"
