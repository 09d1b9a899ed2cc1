"""The web server's way in."""

import os

from django.core.wsgi import get_wsgi_application

from backoffice import env

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
with env.sentences():
    application = get_wsgi_application()
    from backoffice.audit.guards.standing import require_guards  # need the models, so not before
    from backoffice.install import require_roles

    require_guards()
    require_roles()
