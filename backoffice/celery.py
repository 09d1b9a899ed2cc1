"""The Celery application: settings come from Django's, under ``CELERY_``."""

import os

from celery import Celery

from backoffice.folders import use_whole_messages

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")

use_whole_messages()
app = Celery("backoffice")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["backoffice.audit.log"], related_name="ticking")
