from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("refunds", "0030_fill_people_of_reconciliation")]

    operations = [
        migrations.AddConstraint(
            model_name='difference',
            constraint=models.CheckConstraint(condition=models.Q(('signed_person', None), models.Q(models.Q(('signed_person', models.F('explained_person')), _negated=True), models.Q(('loaded_person', None), models.Q(('signed_person', models.F('loaded_person')), _negated=True), _connector='OR')), _connector='OR'), name='difference_signed_by_another'),
        ),
        migrations.AddConstraint(
            model_name='difference',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('loaded_by', None), ('loaded_person', None)), models.Q(('loaded_by__isnull', False), ('loaded_person__isnull', False)), _connector='OR'), models.Q(models.Q(('explained_by', None), ('explained_person', None)), models.Q(('explained_by__isnull', False), ('explained_person__isnull', False)), _connector='OR'), models.Q(models.Q(('signed_by', None), ('signed_person', None)), models.Q(('signed_by__isnull', False), ('signed_person__isnull', False)), _connector='OR')), name='difference_people_are_known'),
        ),
        migrations.AddConstraint(
            model_name='reconciliationday',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'closed'), _negated=True), ('loaded_person', None), models.Q(('closed_person', models.F('loaded_person')), _negated=True), _connector='OR'), name='reconciliation_day_closer_did_not_load_it'),
        ),
        migrations.AddConstraint(
            model_name='reconciliationday',
            constraint=models.CheckConstraint(condition=models.Q(('reopened_person', None), models.Q(('reopened_person', models.F('closed_person')), _negated=True), _connector='OR'), name='reconciliation_day_reopened_by_another'),
        ),
        migrations.AddConstraint(
            model_name='reconciliationday',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('loaded_by', None), ('loaded_person', None)), models.Q(('loaded_by__isnull', False), ('loaded_person__isnull', False)), _connector='OR'), models.Q(models.Q(('closed_by', None), ('closed_person', None)), models.Q(('closed_by__isnull', False), ('closed_person__isnull', False)), _connector='OR'), models.Q(models.Q(('reopened_by', None), ('reopened_person', None)), models.Q(('reopened_by__isnull', False), ('reopened_person__isnull', False)), _connector='OR')), name='reconciliation_day_people_are_known'),
        ),
    ]
