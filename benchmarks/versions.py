"""Hand-written SQL of the limits: a write, and a version of each row that it gives back."""

from backoffice.audit.models import Audited, version_model

STAMP = (
    "history_date, history_type, history_change_reason, actor_name, source, action, request_id, "
    "history_user_id, actor_role, history_number"
)


def with_versions(
    write: str,
    model: type[Audited],
    kind: str,
    *,
    reason: str,
    actor: str,
    source: str,
    action: str,
) -> str:
    """Both in one statement; the actor's key is its parameter ``user``."""
    version = version_model(model)
    columns = ", ".join(f'"{field.column}"' for field in version.tracked_fields)
    return (
        f"WITH written AS ({write}) "  # noqa: S608 - our own words
        f"INSERT INTO {version._meta.db_table} ({columns}, {STAMP}) SELECT {columns}, "
        f"now(), '{kind}', '{reason}', '{actor}', '{source}', '{action}', "
        f"'0123456789abcdef0123456789abcdef', %(user)s, '', {_number(model, kind)} FROM written"
    )


def _number(model: type[Audited], kind: str) -> str:
    if kind == "+":
        return "1"
    table = version_model(model)._meta.db_table
    return f"(SELECT max(v.history_number) + 1 FROM {table} v WHERE v.id = written.id)"  # noqa: S608
