import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('refunds', '0043_sentences_as_texts'),
    ]

    operations = [
        migrations.AlterField(
            model_name='notice',
            name='kind',
            field=models.CharField(choices=[('half', 'Half of the time is over'), ('late', 'Four fifths of the time are over'), ('mention', 'You were mentioned'), ('assigned', 'A case was given to you'), ('verdict', 'The platform decided'), ('answer', 'The buyer answered'), ('escalated', 'A deadline was missed: it is with you'), ('bounced', 'The money came back'), ('unknown', 'A payout has had no answer for more than 24 hours'), ('odd', "A provider's answer needs a person"), ('stuck', 'The timer cannot go on with it')], max_length=10, verbose_name='kind'),
        ),
        migrations.CreateModel(
            name='TimerTrouble',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.CharField(choices=[('case', 'Refund case'), ('complaint', 'Complaint')], max_length=10, verbose_name='at')),
                ('failures', models.PositiveIntegerField(default=0, verbose_name='failures')),
                ('began_at', models.DateTimeField(verbose_name='since')),
                ('next_at', models.DateTimeField(verbose_name='tried again at')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='troubles', to='refunds.refundcase', verbose_name='refund case')),
            ],
            options={
                'verbose_name': 'trouble of the timer',
                'verbose_name_plural': 'troubles of the timer',
                'ordering': ('pk',),
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(models.F('case'), models.F('at'), name='timer_trouble_once')],
            },
        ),
    ]
