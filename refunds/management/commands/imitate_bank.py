"""``manage.py imitate_bank FILE``: what a bank would answer to a pain.001, for the demo."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice.exceptions import BadInput
from refunds.demo.bank import Asked, Bank, Reply

REFUSED = Reply("RJCT", "AC04", "Refused by the imitation")
ANSWERS = {"report": "pain.002", "acknowledge": "pain.002", "statement": "camt.053"}


class Command(BaseCommand):
    """Write a bank's answer to a file that was handed out for it."""

    help = "Answer a pain.001 file as a bank would, with a pain.002 or a camt.053. For the demo."

    def add_arguments(self, parser: CommandParser) -> None:
        """The order, the kind of answer, and the payouts that do not go through."""
        parser.add_argument("file", type=Path, help="the pain.001 that was downloaded")
        parser.add_argument("--answer", choices=ANSWERS, default="report")
        parser.add_argument(
            "--refuse",
            action="append",
            default=[],
            metavar="NUMBER",
            help="a payout that the bank refuses, or sends back in a statement; may stand repeatedly",
        )
        parser.add_argument("--to", type=Path, help="where to write; left out: beside the file")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the answer and say where. Raises ``CommandError`` outside of a demo."""
        if not settings.DEBUG:
            raise CommandError("Only a demo has an imitation of a bank: DEBUG is off.")
        source: Path = options["file"]
        try:
            bank = Bank(source.read_bytes())
        except OSError:
            raise CommandError(f"The file {source} cannot be read.") from None
        except BadInput as refusal:
            raise CommandError(str(refusal)) from None
        kind, refused = options["answer"], set(options["refuse"])
        target = options["to"] or source.with_name(f"{bank.number}.{ANSWERS[kind]}.xml")
        target.write_bytes(_answer(bank, kind, refused))
        self.stdout.write(f"{target}: {len(bank.asked)} payouts of {bank.number}")


def _answer(bank: Bank, kind: str, refused: set[str]) -> bytes:
    if kind == "acknowledge":
        return bank.acknowledge()
    if kind == "statement":
        return bank.statement(refused)

    def reply(asked: Asked) -> Reply:
        return REFUSED if asked.number in refused else Reply()

    return bank.report(reply)
