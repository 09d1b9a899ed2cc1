"""The versions of a policy never overlap, and no silence is at the buyer's cost – said by the database."""

from django.db import migrations, models

SCOPE = """
    coalesce(store_id, 0)::text || '|' || channel || '|' || kind || '|' ||
    coalesce(reason_id, 0)::text || '|' || category || '|' || stage
"""
# Ranges have an index of their own kind without any extension; the scope becomes one as a number.
ADD = f"""
    ALTER TABLE refunds_refundpolicy ADD CONSTRAINT refund_policy_versions_never_overlap
    EXCLUDE USING gist (
        int8range(hashtextextended({SCOPE}, 0), hashtextextended({SCOPE}, 0), '[]') WITH &&,
        tstzrange(valid_from, valid_until) WITH &&
    )
"""
DROP = "ALTER TABLE refunds_refundpolicy DROP CONSTRAINT refund_policy_versions_never_overlap"


def add(apps, schema_editor):
    """On PostgreSQL only.

    SQLite has no exclusion constraints, and a trigger would go with the next change of the table,
    which SQLite makes by copying it. There one writer at a time runs the service's own check.
    """
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(ADD)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(DROP)


class Migration(migrations.Migration):
    dependencies = [
        ("refunds", "0006_two_people_approve"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="refundpolicy",
            constraint=models.CheckConstraint(
                name="refund_policy_silence_never_at_the_buyers_cost",
                condition=models.Q(
                    ("at_deadline", "approve"),
                    ("cost_bearer", "buyer"),
                    ("kind", "refund_only"),
                    _negated=True,
                ),
                violation_error_message="A buyer cannot bear the cost of their own refund.",
            ),
        ),
        migrations.RunPython(add, drop),
    ]
