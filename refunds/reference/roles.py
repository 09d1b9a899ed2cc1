"""The page of roles."""

from backoffice.roles import ROLES
from merchants.role_table import role_table
from refunds.reference.markdown import page, table


def roles() -> str:
    """Who holds which permission."""
    drawn = role_table()
    heads = [f"{role['label']} `{name}`" for name, role in zip(ROLES, drawn["roles"], strict=True)]
    where = [str(role["where"]) for role in drawn["roles"]]
    parts = [
        "A role is given as a membership: in one store, or in all stores of a merchant; the two "
        "platform roles are held everywhere. What is not ticked is refused, also to a forged request. "
        "The same table is in the product, under Memberships → What each role may do.",
        table(["", *heads], [["Held", *where]]),
    ]
    for group in drawn["groups"]:
        rows = [
            [row["label"], *("✓" if held else "" for held in row["held"])] for row in group["rows"]
        ]
        parts.append(f"## {group['label']}\n\n" + table(["Permission", *ROLES], rows))
    return page("Roles", *parts)
