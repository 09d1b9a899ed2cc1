"""Writing evidence down: the file first, then its row, so that no row is ever without its file.

Files are sealed under the key of the buyer whose case it is, and go with it. What is killed or rolled back between the two leaves a file that no row names; the sweep takes it away.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils.translation import gettext as _

from backoffice.actors import Actor
from backoffice.exceptions import BadInput, NotAllowed
from backoffice.models import User
from backoffice.privacy.streams import Closed, Whose, whose
from refunds.evidence.checking import Checked, Upload, check_all
from refunds.evidence.limits import MOST_FILES
from refunds.models import Evidence, Party, RefundCase
from refunds.models.evidence import evidence_name


def attach(
    case: RefundCase,
    *,
    actor: Actor,
    file: Upload | Sequence[Upload],
    party: str = Party.BUYER,
    file_note: str = "",
    **_details: Any,
) -> None:
    """Attach one file or several to the case, all or none; ``party`` is who shows them.

    Files that ``evidence.checking.check_all`` has not seen yet are looked at here. Raises ``Refused``
    for what is not taken, ``BadInput`` for too many or the same again, ``NotAllowed`` for a party
    that the actor cannot speak for.
    """
    check_party(case, actor, party)
    files = check_all(file)
    kept = set(case.evidence.values_list("sha256", "original_sha256"))
    _check_count(len(kept) + len(files))
    hashes = {digest for pair in kept for digest in pair if digest}
    owner = whose(case.data_subject)
    with files_undone_by_refusal() as written:
        for each in files:
            if {each.sha256, each.original} & hashes:
                raise BadInput(
                    _("“%(name)s” is already attached to the case.") % {"name": each.name}
                )
            hashes |= {each.sha256, each.original}
            _keep(case, each, party, file_note, owner, written)


def parties(case: RefundCase, user: User) -> list[Party]:
    """Whom ``user`` can show something for: the buyer always, and their own side."""
    arbitrates = user.has_perm("refunds.arbitrate", case)
    return [Party.BUYER, Party.PLATFORM if arbitrates else Party.STORE]


def check_party(case: RefundCase, actor: Actor, party: str) -> None:
    """Only the platform shows something as the platform, and it never speaks for the store."""
    if party not in Party.values:
        raise BadInput(_("Say who shows this: the buyer, the store or the platform."))
    if not actor.user.is_system and party not in parties(case, actor.user):
        raise NotAllowed(_("You cannot show something in the name of the other side."))


def _check_count(count: int) -> None:
    if count > MOST_FILES:
        raise BadInput(_("A case can have %(most)d files at most.") % {"most": MOST_FILES})


def _keep(
    case: RefundCase, file: Checked, party: str, note: str, owner: Whose, written: list[str]
) -> None:
    row = Evidence(
        case=case,
        party=party,
        file_name=file.name,
        content_type=file.content_type,
        sha256=file.sha256,
        original_sha256=file.original,
        size=file.size,
        width=file.width,
        height=file.height,
        note=note,
    )
    row.file.name = write(file.content, owner, written)
    if file.preview:
        row.preview.name = write(ContentFile(file.preview), owner, written)
    row.save()


def write(content: IO[bytes], owner: Whose, written: list[str]) -> str:
    """Write ``content`` to the disk as ciphertext; gives its name there, and adds it to ``written``."""
    name = storages["evidence"].save(evidence_name(None, ""), Closed(content, owner))
    written.append(name)
    return name


@contextmanager
def files_undone_by_refusal() -> Iterator[list[str]]:
    """Take away what was written when the rows behind it are not going to be."""
    written: list[str] = []
    try:
        yield written
    except BaseException:
        for name in written:
            storages["evidence"].delete(name)
        raise
