"""The page of an order file's columns."""

from orders.loading.fields import FIELDS
from orders.profiles import CHINESE, ENGLISH, ONLINE_RETAIL
from refunds.reference.markdown import page, table


def columns() -> str:
    """Our fields of an order file, and what the shipped profiles call them."""
    profiles = (ENGLISH, CHINESE, ONLINE_RETAIL)
    rows = [
        (
            f"`{name}`",
            "yes" if field.required else "",
            field.length or "",
            *(p.get(name, "") for p in profiles),
        )
        for name, field in FIELDS.items()
    ]
    return page(
        "Columns of an order file",
        "A profile maps our fields to the columns of a channel's file. See [file formats](files.md) for how cells "
        "are written.",
        table(
            ["Field", "Needed", "Longest text", "`generic`", "`generic-zh`", "`online-retail`"],
            rows,
        ),
    )
