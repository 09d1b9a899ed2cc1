import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("refunds", "0014_fill_stores_of_results")]

    operations = [
        migrations.AlterField(
            model_name="resultimport",
            name="store",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="merchants.store",
                verbose_name="store",
            ),
        ),
    ]
