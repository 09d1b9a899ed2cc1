from django.db import migrations, models


def column():
    return models.CharField(
        "parcel stopped",
        blank=True,
        choices=[
            ("stopped", "Stopped: the goods are here"),
            ("gone", "Not stopped: the goods are with the buyer"),
        ],
        default="",
        help_text="Where the goods were refunded before they arrived.",
        max_length=10,
    )


class Migration(migrations.Migration):
    dependencies = [("refunds", "0027_advances_on_their_clock")]

    operations = [
        migrations.AddField(model_name=name, name="stopped", field=column(), preserve_default=False)
        for name in ("refundcase", "historicalrefundcase")
    ]
