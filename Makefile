# TCCC Desk. Every target sets up what it needs: a virtual environment in .venv from the
# pinned requirements and, on Debian and Ubuntu, the system packages.

VENV ?= .venv
PEERS ?= .venv-bench
PYTHON_IN = $(VENV)/bin/python
SETUP = installer/venv.sh installer/system_packages.sh

# The rings every octet passes: a line or branch of theirs that no test reaches fails the tests.
# Not 100, since some interpreters (3.11.2) never report one jump back to a loop that is taken daily.
EVERY_LINE = --cov=tccc_desk.sip --cov=tccc_desk.sdp --cov-branch --cov-precision=2 --cov-fail-under=99.95 --cov-report=term:skip-covered

.DEFAULT_GOAL := help
.PHONY: help practice run test check bench pictures prove-bare pins clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

practice: $(VENV)/run.stamp ## open the window on the built-in practice gateway
	@sh installer/screen.sh
	$(PYTHON_IN) -m tccc_desk.app.main --practice

run: $(VENV)/run.stamp ## open the window on your own trunks
	@sh installer/screen.sh
	$(PYTHON_IN) -m tccc_desk.app.main

test: $(VENV)/peers.stamp ## run every test, against real peers (Kamailio, baresip, a real keyring)
	$(PYTHON_IN) -m pytest $(or $(TESTS),--ignore=tests/sip --ignore=tests/sdp)
	@[ -n "$(TESTS)" ] || $(PYTHON_IN) -m pytest -q tests/sip tests/sdp $(EVERY_LINE)

check: $(VENV)/test.stamp ## format, lint, types, import law
	$(PYTHON_IN) -m ruff format --check .
	$(PYTHON_IN) -m ruff check .
	$(PYTHON_IN) -m mypy
	$(VENV)/bin/lint-imports --no-logo

bench: $(VENV)/peers.stamp $(PEERS)/bench.stamp ## measure beside other SIP software (BENCH=short: faster)
	BENCH_PEERS=$(PEERS) $(PYTHON_IN) -m tests.bench

pictures: $(VENV)/peers.stamp ## make the pictures of the window in docs/pictures anew
	$(PYTHON_IN) -m tests.pictures

prove-bare: ## prove practice and test in a bare Debian 12 (as root; needs mmdebstrap; takes long)
	bash installer/prove_bare.sh

pins: ## write the pinned requirements anew
	sh installer/pin.sh

clean: ## remove what the targets made
	rm -rf $(VENV) $(PEERS) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: a step is repeated only when what it was made from has changed.

$(VENV)/run.stamp: requirements.txt $(SETUP)
	@sh installer/system_packages.sh venv run
	@sh installer/venv.sh $(VENV) requirements.txt
	@touch $@

$(VENV)/test.stamp: requirements-test.txt $(SETUP)
	@sh installer/system_packages.sh venv
	@sh installer/venv.sh $(VENV) requirements-test.txt
	@touch $@

$(PEERS)/bench.stamp: requirements-bench.txt installer/venv.sh
	@sh installer/venv.sh $(PEERS) requirements-bench.txt
	@touch $@

$(VENV)/peers.stamp: $(VENV)/test.stamp
	@sh installer/system_packages.sh run test
	@touch $@
