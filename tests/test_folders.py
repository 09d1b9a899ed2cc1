"""The broker of folders hands out whole messages only."""

from pathlib import Path
from queue import Empty
from threading import Thread

import pytest
from kombu import Connection

from backoffice.celery import app
from backoffice.folders import Folders

pytestmark = pytest.mark.once
MESSAGES = 1500


def connect(folder: Path) -> Connection:
    """A connection to a broker of our own."""
    for name in ("queue", "control"):
        (folder / name).mkdir(exist_ok=True)
    return Connection(
        "filesystem://",
        transport_options={
            "data_folder_in": str(folder / "queue"),
            "data_folder_out": str(folder / "queue"),
            "control_folder": str(folder / "control"),
        },
    )


def test_the_product_uses_it() -> None:
    with app.connection_for_write() as link:
        assert isinstance(link.transport, Folders)


def test_who_reads_while_another_writes_gets_every_message_whole(tmp_path: Path) -> None:
    with connect(tmp_path) as writer, connect(tmp_path) as reader:
        sender = writer.SimpleQueue("work")
        receiver = reader.SimpleQueue("work")

        def write() -> None:
            for n in range(MESSAGES):
                sender.put({"n": n, "text": "x" * 2000})

        thread = Thread(target=write)
        thread.start()
        got: set[int] = set()
        while thread.is_alive() or len(got) < MESSAGES:
            try:
                message = receiver.get(block=False)
            except Empty:
                if not thread.is_alive() and not any((tmp_path / "queue").iterdir()):
                    break
                continue
            got.add(message.payload["n"])
            message.ack()
        thread.join()
        assert got == set(range(MESSAGES))


def test_a_torn_message_is_lost_and_stops_nobody(tmp_path: Path) -> None:
    with connect(tmp_path) as link:
        box = link.SimpleQueue("torn")
        (tmp_path / "queue" / "0_first.torn.msg").write_bytes(b"")
        box.put({"n": 1})
        with pytest.raises(Empty):
            box.get(block=False)
        assert box.get(block=False).payload == {"n": 1}
