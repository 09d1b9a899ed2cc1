"""What a worker that writes exports never needs is not in its memory: loaded when first asked for."""

import json
import os
import subprocess
import sys

import pytest

from tests.faults.install import HOME

HEAVY = {"cryptography", "holidays", "pi_heif", "requests", "stdnum", "stripe", "xmlschema"}
START = """
import json, sys
import django
django.setup()
from django.contrib import admin
from refunds.models import Payout
admin.site.get_model_admin(Payout)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


@pytest.mark.once
def test_a_program_that_has_just_begun_has_loaded_nothing_heavy() -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    environment.pop("DATABASE_URL", None)
    done = subprocess.run(
        [sys.executable, "-c", START],
        cwd=HOME, env=environment, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    loaded = set(json.loads(done.stdout))
    assert "openpyxl" in loaded, "this looks at the wrong program"
    assert loaded & HEAVY == set()
