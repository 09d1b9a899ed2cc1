"""Permanent numbers that people can read out: a prefix and ten letters without look-alikes."""

import secrets
from collections.abc import Iterable
from typing import Any

from django.db.models import CharField, Func

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U


def _number(prefix: str) -> str:
    letters = "".join([ALPHABET[byte & 31] for byte in secrets.token_bytes(10)])
    return f"{prefix}-{letters[:5]}-{letters[5:]}"


def case_number() -> str:
    """A new refund case's number, like “RC-7K3M9-Q2X4B”."""
    return _number("RC")


def payout_number() -> str:
    """A new payout's number, like “PO-7K3M9-Q2X4B”: what the bank sees."""
    return _number("PO")


def batch_number() -> str:
    """A new batch's number, like “RB-7K3M9-Q2X4B”."""
    return _number("RB")


def replacement_number() -> str:
    """A new replacement's number, like “RP-7K3M9-Q2X4B”."""
    return _number("RP")


def complaint_number() -> str:
    """A new complaint's number, like “CP-7K3M9-Q2X4B”."""
    return _number("CP")


def _in_sql(prefix: str, five_bits: Iterable[str]) -> str:
    letters = [f"substr('{ALPHABET}', ({bits}) + 1, 1)" for bits in five_bits]
    return " || ".join([f"'{prefix}-'", *letters[:5], "'-'", *letters[5:]])


class PayoutNumberInSQL(Func):
    """A new payout's number for each row that the database inserts by itself.

    ``PayoutNumberInSQL("pk")``: PostgreSQL makes one number per row only where it depends on the row.
    """

    output_field = CharField()
    arity = 1
    template = f"({_in_sql('PO', ['random() & 31'] * 10)})"  # SQLite: seeded by the system

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """The same, from the strong random bytes of a UUID; two of its bytes are not random."""
        bits = [f"get_byte(id, {byte}) & 31" for byte in (0, 1, 2, 3, 4, 5, 9, 10, 11, 12)]
        row = "(SELECT uuid_send(gen_random_uuid()) AS id) AS random WHERE %(expressions)s IS NOT NULL"
        strong = f"(SELECT {_in_sql('PO', bits)} FROM {row})"  # noqa: S608 - our own words
        return self.as_sql(compiler, connection, template=strong, **context)
