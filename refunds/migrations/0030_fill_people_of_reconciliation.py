from django.db import migrations
from django.db.models import OuterRef, Subquery

WHO = {
    "ReconciliationDay": ("loaded", "closed", "reopened"),
    "Difference": ("loaded", "explained", "signed"),
}


def fill(apps, schema_editor):
    """Each account's person, as known today; versions say the same as their rows."""
    users = apps.get_model("backoffice", "User").objects
    for model, verbs in WHO.items():
        for name in (model, f"Historical{model}"):
            for verb in verbs:
                rows = apps.get_model("refunds", name).objects.exclude(**{f"{verb}_by": None})
                person = users.filter(pk=OuterRef(f"{verb}_by_id")).values("person")
                rows.update(**{f"{verb}_person": Subquery(person)})


class Migration(migrations.Migration):
    dependencies = [("refunds", "0029_people_of_reconciliation")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
