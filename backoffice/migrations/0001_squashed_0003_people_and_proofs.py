"""Accounts and exports, in one step for new installations."""

import django.contrib.auth.models
import django.contrib.auth.validators
import django.db.models.deletion
import django.utils.timezone
import simple_history.models
import uuid
from backoffice.new_tables import CreateTables
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('backoffice', '0001_initial'),
        ('backoffice', '0002_exports'),
        ('backoffice', '0003_people_and_proofs'),
    ]

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        CreateTables([
            migrations.CreateModel(
                name='User',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('password', models.CharField(max_length=128, verbose_name='password')),
                    ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                    ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                    ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                    ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                    ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                    ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                    ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                    ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                    ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                    ('is_system', models.BooleanField(default=False, help_text='Acts by itself and cannot sign in.', verbose_name='system user')),
                    ('person', models.UUIDField(db_index=True, default=uuid.uuid4, editable=False, help_text="The same for every account of one person: four eyes are two people's.", verbose_name='person')),
                    ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                    ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                ],
                options={
                    'verbose_name': 'user',
                    'verbose_name_plural': 'users',
                    'default_permissions': ('add', 'change', 'view'),
                },
                managers=[
                    ('objects', django.contrib.auth.models.UserManager()),
                ],
            ),
            migrations.CreateModel(
                name='Heartbeat',
                fields=[
                    ('name', models.CharField(max_length=40, primary_key=True, serialize=False)),
                    ('at', models.DateTimeField()),
                ],
                options={
                    'default_permissions': (),
                },
            ),
            migrations.CreateModel(
                name='StepUpTries',
                fields=[
                    ('user', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                    ('failures', models.PositiveSmallIntegerField(default=0)),
                    ('last_at', models.DateTimeField(null=True)),
                ],
                options={
                    'default_permissions': (),
                },
            ),
            migrations.CreateModel(
                name='HistoricalExportRun',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('actor_name', models.CharField(max_length=200, verbose_name='actor')),
                    ('source', models.CharField(max_length=10, verbose_name='source')),
                    ('action', models.CharField(blank=True, max_length=40, verbose_name='action')),
                    ('request_id', models.CharField(max_length=32, verbose_name='request id')),
                    ('history_change_reason', models.TextField(verbose_name='reason')),
                    ('asked_at', models.DateTimeField(verbose_name='asked for at')),
                    ('list_of', models.CharField(help_text='Whose rows they are.', max_length=60, verbose_name='list')),
                    ('query', models.TextField(blank=True, help_text="As the list's address has them.", verbose_name='filters')),
                    ('columns', models.JSONField(default=list, verbose_name='columns')),
                    ('format', models.CharField(choices=[('csv', 'CSV'), ('xlsx', 'XLSX')], max_length=10, verbose_name='format')),
                    ('language', models.CharField(max_length=10, verbose_name='language')),
                    ('state', models.CharField(choices=[('asked', 'Waiting'), ('running', 'Being written'), ('ready', 'Ready'), ('downloaded', 'Downloaded'), ('refused', 'Not made'), ('cancelled', 'Cancelled'), ('expired', 'Expired')], default='asked', max_length=20, verbose_name='state')),
                    ('message', models.TextField(blank=True, help_text='Why no file was made.', verbose_name='message')),
                    ('stores', models.JSONField(help_text='Of which the file may hold rows. Empty: of all.', null=True, verbose_name='stores')),
                    ('file', models.TextField(blank=True, max_length=100, verbose_name='file')),
                    ('file_name', models.CharField(max_length=200, verbose_name='file name')),
                    ('sha256', models.CharField(blank=True, max_length=64, verbose_name='SHA-256')),
                    ('size', models.PositiveBigIntegerField(default=0, verbose_name='size in bytes')),
                    ('rows', models.PositiveIntegerField(default=0, verbose_name='rows')),
                    ('ready_at', models.DateTimeField(blank=True, null=True, verbose_name='ready at')),
                    ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='kept until')),
                    ('downloads', models.PositiveIntegerField(default=0, verbose_name='downloads')),
                    ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('asked_by', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='asked for by')),
                    ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'historical export',
                    'verbose_name_plural': 'historical exports',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ),
            migrations.CreateModel(
                name='ExportRun',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('asked_at', models.DateTimeField(verbose_name='asked for at')),
                    ('list_of', models.CharField(help_text='Whose rows they are.', max_length=60, verbose_name='list')),
                    ('query', models.TextField(blank=True, help_text="As the list's address has them.", verbose_name='filters')),
                    ('columns', models.JSONField(default=list, verbose_name='columns')),
                    ('format', models.CharField(choices=[('csv', 'CSV'), ('xlsx', 'XLSX')], max_length=10, verbose_name='format')),
                    ('language', models.CharField(max_length=10, verbose_name='language')),
                    ('state', models.CharField(choices=[('asked', 'Waiting'), ('running', 'Being written'), ('ready', 'Ready'), ('downloaded', 'Downloaded'), ('refused', 'Not made'), ('cancelled', 'Cancelled'), ('expired', 'Expired')], db_index=True, default='asked', max_length=20, verbose_name='state')),
                    ('message', models.TextField(blank=True, help_text='Why no file was made.', verbose_name='message')),
                    ('stores', models.JSONField(help_text='Of which the file may hold rows. Empty: of all.', null=True, verbose_name='stores')),
                    ('file', models.FileField(blank=True, upload_to='', verbose_name='file')),
                    ('file_name', models.CharField(max_length=200, verbose_name='file name')),
                    ('sha256', models.CharField(blank=True, max_length=64, verbose_name='SHA-256')),
                    ('size', models.PositiveBigIntegerField(default=0, verbose_name='size in bytes')),
                    ('rows', models.PositiveIntegerField(default=0, verbose_name='rows')),
                    ('ready_at', models.DateTimeField(blank=True, null=True, verbose_name='ready at')),
                    ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='kept until')),
                    ('downloads', models.PositiveIntegerField(default=0, verbose_name='downloads')),
                    ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='asked for by')),
                ],
                options={
                    'verbose_name': 'export',
                    'verbose_name_plural': 'exports',
                    'ordering': ('-pk',),
                    'default_permissions': ('view',),
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('ready', 'downloaded')), _negated=True), models.Q(('expires_at__isnull', False), models.Q(('file', ''), _negated=True)), _connector='OR'), name='export_kept_file_has_its_end')],
                },
            ),
        ]),
    ]
