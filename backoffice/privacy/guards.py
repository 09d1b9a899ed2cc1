"""What the database refuses about keys."""

from backoffice.audit.guards.own import Guard

DESTROYED_FOR_GOOD = Guard(
    name="person_key_stays_destroyed",
    table="backoffice_personkey",
    verb="UPDATE",
    when="OLD.wrapped IS NULL",
    sentence="A key that was destroyed stays destroyed.",
)
