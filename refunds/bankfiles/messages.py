"""XML messages of ISO 20022, read as a stream: safely, bounded, with sentences that say where.

Nothing is trusted: no document type, no entities, nothing from outside, UTF-8 only, and limits on
depth, on the size of one part and on the number of parts. Memory does not grow with the file.
"""

import re
from collections.abc import Collection, Generator, Iterator
from dataclasses import dataclass
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]  # ships no types
from defusedxml.ElementTree import iterparse  # type: ignore[import-untyped]  # likewise

from backoffice.bulk.reading import check_size
from backoffice.exceptions import BadInput
from backoffice.sentences import sentence as _

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
MESSAGE = re.compile(r"(?P<kind>[a-z]{4}\.\d{3})\.(?P<variant>\d{3})\.(?P<version>\d{2})")
DECLARED = re.compile(rb"""<\?xml[^>]*\bencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
BOM, UTF_16, UTF_8 = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<"), b"utf-8"
DEPTH = 32  # the schemas reach about 15
SIZE = 5_000  # elements of one part
UNSPLIT = 256 * 1024  # bytes in which no element begins or ends

Found = tuple[str, Element]


@dataclass(frozen=True)
class Kind:
    """A message that is read: its name, element below the root, versions, and parts that matter.

    ``parts`` are paths below that element; a part comes whole, and what is in none of them is passed over.
    """

    name: str
    body: str
    versions: range
    parts: frozenset[str]


def is_xml(file: BinaryIO) -> bool:
    """Whether ``file`` begins as XML does; raises ``BadInput`` for XML in UTF-16."""
    file.seek(0)
    head = file.read(512)
    file.seek(0)
    if head.startswith(UTF_16) and b"<" in head[:4].replace(b"\0", b""):
        raise _encoding("UTF-16")
    text = head.removeprefix(BOM).lstrip(b" \t\r\n")
    if not text.startswith(b"<"):
        return False
    declared = DECLARED.match(text)
    if declared and declared[1].lower() not in (UTF_8, b"utf8"):
        raise _encoding(declared[1].decode())
    return True


def _encoding(name: str) -> BadInput:
    return BadInput(
        _("This XML is written in %(encoding)s. Bank messages are in UTF-8: ask the bank for that.")
        % {"encoding": name}
    )


def open_message(
    file: BinaryIO, kinds: Collection[Kind]
) -> tuple[Kind, Generator[Found, None, None]]:
    """Which of ``kinds`` this message is, and its parts with their paths, in the file's order.

    Raises ``BadInput`` at once for another message, and on the way for what breaks the limits or is
    no XML any more.
    """
    check_size(file)
    events = _events(file)
    kind, body = _kind_of(events, kinds)
    return kind, _parts(events, body, kind)


class _Watched:
    """The file as the parser reads it; knows how much went by since the last element."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.since = 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes; raises ``BadInput`` when no element comes for too long."""
        if self.since > UNSPLIT:
            raise BadInput(
                _("A text of this XML has more than %(limit)d kB. Bank messages have none so long.")
                % {"limit": UNSPLIT // 1024}
            )
        chunk = self._file.read(size)
        self.since += len(chunk)
        return chunk


def _events(file: BinaryIO) -> Iterator[tuple[str, Element]]:
    watched = _Watched(file)
    file.seek(0)
    events = iterparse(watched, ("start", "end"), forbid_dtd=True)
    while True:
        try:
            event: tuple[str, Element] = next(events)
        except StopIteration:
            return
        except ParseError as error:
            raise _damaged(*error.position) from None
        except DefusedXmlException:
            raise BadInput(
                _(
                    "This XML has a document type or entities. Bank messages never have: do not trust it."
                )
            ) from None
        except (ValueError, LookupError):  # an encoding that no parser knows
            raise _encoding(_("an encoding that is not known")) from None
        watched.since = 0
        yield event


def _damaged(line: int, column: int) -> BadInput:
    return BadInput(
        _("The XML is damaged or cut off at line %(line)d, column %(column)d. Get the file again.")
        % {"line": line, "column": column + 1}
    )


def _kind_of(
    events: Iterator[tuple[str, Element]], kinds: Collection[Kind]
) -> tuple[Kind, Element]:
    root = next(events)[1]
    space, name = _split(root.tag)
    message = MESSAGE.fullmatch(space.removeprefix(NAMESPACE))
    if name != "Document" or not space.startswith(NAMESPACE) or message is None:
        raise BadInput(
            _("This XML is no bank message: its outermost element is “%(name)s” of “%(space)s”.")
            % {"name": name[:40], "space": space[:80]}
        )
    kind = {kind.name: kind for kind in kinds}.get(message["kind"])
    if kind is None:
        raise _other_message(space.removeprefix(NAMESPACE), kinds)
    if message["variant"] != "001" or int(message["version"]) not in kind.versions:
        raise BadInput(
            _("This is version %(version)s of %(kind)s. Versions %(first)s to %(last)s are read.")
            % {
                "version": f"{message['variant']}.{message['version']}",
                "kind": kind.name,
                "first": f"001.{kind.versions[0]:02}",
                "last": f"001.{kind.versions[-1]:02}",
            }
        )
    _event, body = next(events)
    if body.tag != f"{{{space}}}{kind.body}":
        raise BadInput(
            _("In %(kind)s the element “%(wanted)s” is expected, not “%(found)s”.")
            % {"kind": kind.name, "wanted": kind.body, "found": _split(body.tag)[1][:40]}
        )
    return kind, body


def _other_message(name: str, kinds: Collection[Kind]) -> BadInput:
    if name.startswith("pain.001"):
        return BadInput(_("This is an order to the bank (pain.001). Bring the bank's own message."))
    return BadInput(
        _("This is a message %(name)s. Bring one of these: %(kinds)s.")
        % {"name": name, "kinds": ", ".join(kind.name for kind in kinds)}
    )


def _split(tag: str) -> tuple[str, str]:
    space, _brace, name = tag.rpartition("}")
    return space.lstrip("{"), name


def _parts(
    events: Iterator[tuple[str, Element]], body: Element, kind: Kind
) -> Generator[Found, None, None]:
    """Whole parts; everything else is taken out of the tree as soon as it ends."""
    space = _split(body.tag)[0]
    names: list[str] = []
    parents = [body]
    inside = size = 0  # the depth of the part that is being read, and its elements so far
    for event, element in events:
        if event == "start":
            names.append(element.tag.removeprefix(f"{{{space}}}"))
            parents.append(element)
            size = size + 1 if inside else 0
            _check_bounds(names, size)
            if not inside and "/".join(names) in kind.parts:
                inside = len(names)
        elif names:
            if inside == len(names):
                inside = 0
                yield "/".join(names), element
            names.pop()
            parents.pop()
            if not inside:
                element.clear()
                parents[-1].remove(element)


def _check_bounds(names: list[str], size: int) -> None:
    if len(names) > DEPTH or size > SIZE:
        raise BadInput(
            _(
                "The element “%(name)s” is nested too deeply, or too much is in it. Get the file again."
            )
            % {"name": names[min(len(names), 3) - 1][:40]}
        )
