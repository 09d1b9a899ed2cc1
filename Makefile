# One command each: run the product, test it, check its style. Nothing is needed but Python and make.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: run test bench lint soak mutants screenshots

run: .venv/run.stamp
	@exec $(BIN)/python -m backoffice.run

test: .venv/dev.stamp
	@exec $(BIN)/python -m tests.run

lint: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python -m tests.lint

bench: .venv/dev.stamp
	@exec $(BIN)/python -m benchmarks.run

soak: export SOAK_EXAMPLES ?= 100
soak: export SOAK_STEPS ?= 50
soak: export SOAK_PAIRS ?= 10000
soak: export SOAK_PAYOUTS ?= 10000
soak: export SOAK_KILLS ?= 200
soak: export SOAK_SQLITE_PAYOUTS ?= 1000
soak: export SOAK_SQLITE_KILLS ?= 50
soak: export SOAK_JOB_KILLS ?= 50
soak: export SOAK_SEAL_KILLS ?= 200
soak: export SOAK_CRASH_STRIDE ?= 1
soak: export SOAK_TAMPERINGS ?= 50
soak: .venv/dev.stamp
	@$(BIN)/python -m pytest -q -p tests.postgres tests/refunds/test_random_work.py tests/refunds/test_races.py tests/faults tests/audit/log/test_tampering.py tests/gateways/test_lost_commits.py tests/refunds/test_lost_commits.py tests/gateways/test_random_deliveries.py tests/bulk/test_random_deliveries.py tests/bulk/test_crashes.py
	@SOAK_PAYOUTS=$$SOAK_SQLITE_PAYOUTS SOAK_KILLS=$$SOAK_SQLITE_KILLS $(BIN)/python -m pytest -q tests/faults

mutants: .venv/dev.stamp
	@exec $(BIN)/python -m tests.audit.mutants

screenshots: .venv/dev.stamp
	@exec $(BIN)/python -m tests.browser.screenshots

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; this is " + sys.version.split()[0] + ". Give another one with make PYTHON=/path/to/python3.11.")'
	@echo "Making the environment in .venv. The first time this takes a minute or two."
	@$(PYTHON) -m venv .venv

.venv/run.stamp: requirements.txt | .venv/bin/python
	@echo "Installing what the product runs on."
	@$(PIP) -r requirements.txt
	@touch $@

.venv/dev.stamp: requirements.txt requirements-dev.txt | .venv/bin/python
	@echo "Installing what testing takes."
	@$(PIP) -r requirements-dev.txt
	@touch .venv/run.stamp $@
