#!/usr/bin/env python
"""Django's command line for the back-office."""

import os
import sys

from django.conf import settings
from django.core.management import execute_from_command_line

from backoffice import env

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
    try:
        with env.sentences():
            settings.DEBUG  # noqa: B018 - reads the settings, so that a bad one ends here
            execute_from_command_line(sys.argv)
    except KeyboardInterrupt:
        sys.exit(130)
