"""The pages of the columns of files: of orders, and of refund requests."""

from orders.loading.fields import FIELDS
from orders.profiles import CHINESE, ENGLISH, ONLINE_RETAIL
from refunds.reference.markdown import page, table
from refunds.requests.columns import COLUMNS


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


def request_columns() -> str:
    """The columns of a file of refund requests, in either language."""
    rows = [
        (
            heading.english,
            heading.chinese,
            "yes" if heading.needed else "",
            heading.length or "",
            str(heading.help),
        )
        for heading in COLUMNS.values()
    ]
    return page(
        "Columns of a file of refund requests",
        "The headings may be in either language, in any order; other columns are ignored. See "
        "[file formats](files.md) for how cells are written.",
        table(["Column", "Or", "Needed", "Longest text", "Content"], rows),
    )
