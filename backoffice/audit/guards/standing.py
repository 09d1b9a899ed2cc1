"""All guards together: made, lifted for the time of a migration, and looked for before anything starts.

They are lifted while migrations move rows, and stand again at their end: SQLite loses a table's
triggers whenever it rebuilds the table, and a table with a new column needs a guard that knows it. A
product whose tables lost their guards, or have others in their place, does not start.
"""

from functools import cache

from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connection

from backoffice.audit import append_only
from backoffice.audit.guards import own, postgres, sqlite
from backoffice.audit.guards.numbered import keys, missing_keys
from backoffice.audit.guards.pairs import pairs
from backoffice.audit.guards.rules import strange_rules
from backoffice.audit.guards.trigger import Trigger, standing


@cache
def guards() -> dict[str, Trigger]:
    """Every trigger that should stand, by its name; where two refuse the same, the stricter one."""
    vendor = postgres if connection.vendor == "postgresql" else sqlite
    complete = (trigger for pair in pairs() for trigger in vendor.triggers(pair))
    every = (*complete, *append_only.triggers(), *own.triggers())
    return {trigger.name: trigger for trigger in every}


def install_guards() -> None:
    """Make every guard that is missing, or is not what it was."""
    made: set[str] = set()
    with connection.cursor() as cursor:
        for table in postgres.TABLES if connection.vendor == "postgresql" else sqlite.TABLES:
            cursor.execute(table)
        for statements in broken_guards().values():
            for statement in statements:
                if statement not in made:  # many tables share a function
                    cursor.execute(statement)
                    made.add(statement)


def lift_guards() -> None:
    """Take away every trigger that there is, for the time of a migration."""
    there = standing()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            connection.check_constraints()  # what waits for the commit is looked at before
        for name, trigger in guards().items():
            if name in there:
                cursor.execute(trigger.drop)
        if connection.vendor == "sqlite":  # a note that was left would fail the migration
            for statement in (*sqlite.TABLES, sqlite.FORGET):
                cursor.execute(statement)


def broken_guards() -> dict[str, list[str]]:
    """What should be there and is not, or does not what it should, by name; and the SQL that mends it."""
    there = standing()
    triggers = {
        name: [trigger.drop, *trigger.make]
        for name, trigger in guards().items()
        if there.get(name) != trigger.print
    }
    numbers = {name: [keys()[name].make] for name in missing_keys()}
    tables = {trigger.table for trigger in guards().values()}
    rules = {name: [drop] for name, drop in strange_rules(tables).items()}
    return {**triggers, **numbers, **rules}


def missing_guards() -> list[str]:
    """The names of those."""
    return sorted(broken_guards())


def require_guards() -> None:
    """Raise ``ImproperlyConfigured`` where a table lost a guard; a database that is away says nothing."""
    try:
        missing = missing_guards()
    except Error:
        return  # /healthz says so, and the product waits for it
    finally:
        connection.close()
    if missing:
        raise ImproperlyConfigured(
            f"The database lost {len(missing)} guards of its history, the first of them {missing[0]}. "
            "Find out who removed them, then run: python manage.py migrate"
        )
