# What one does with Handrail, as verbs; `make help` lists them. CI uses the same ones.
# PYTHON chooses the interpreter for .venv: make run PYTHON=python3.12

PYTHON ?= python3
PIP := .venv/bin/python -m pip --disable-pip-version-check
LOCK := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate
PACKAGES := pyproject.toml sdk/pyproject.toml
# one for each two cores of CI; the test processes each bring their own servers
TESTERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help run test lint types format serve work migrate bench docs lock clean browser

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

run: export HANDRAIL_STOPS_WITH_PARENT := 1
run: .venv/run.stamp ## start everything here, with sample agents, until Ctrl-C
	@.venv/bin/handrail up

test: .venv/dev.stamp browser ## run the whole suite with servers of its own; ARGS="-k name" chooses
	@.venv/bin/pytest -n $(TESTERS) --dist worksteal $(ARGS)

lint: .venv/dev.stamp ## check style and the direction of imports
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/lint-imports --no-logo

types: .venv/dev.stamp ## check the types
	@.venv/bin/mypy

format: .venv/dev.stamp ## lay out the code, and mend what can be mended by itself
	@.venv/bin/ruff check --fix --quiet . || true
	@.venv/bin/ruff format .

serve: .venv/run.stamp ## start a web server alone (production: set DATABASE_URL, REDIS_URL)
	@.venv/bin/handrail serve

work: .venv/run.stamp ## start a worker alone
	@.venv/bin/handrail work

migrate: .venv/run.stamp ## bring the database up to date
	@.venv/bin/handrail migrate

bench: .venv/dev.stamp ## measure against a bare Flask app, and write docs/performance.md
	@.venv/bin/python -m bench

docs: .venv/dev.stamp browser ## take the pictures of the documentation anew, from a running sample
	@PYTHONPATH=. .venv/bin/python docs/screenshots.py

lock: .venv/dev.stamp ## choose the newest versions that requirements/*.in allow
	@$(LOCK) --upgrade requirements/run.in requirements/build.in -o requirements/run.lock
	@$(LOCK) --upgrade requirements/extras.in requirements/build.in -c requirements/run.lock \
		-o requirements/extras.lock
	@$(LOCK) --upgrade requirements/dev.in requirements/build.in -c requirements/run.lock -c requirements/extras.lock \
		-o requirements/dev.lock

clean: ## remove the environment and what tools left behind; never your data in var/
	@rm -rf .venv build sdk/build .coverage .coverage.* htmlcov .hypothesis .import_linter_cache .mypy_cache \
		.pytest_cache .ruff_cache .schemathesis *.egg-info sdk/src/*.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---------------------------------------------------------------------------------------------------
# The environment. A stamp is newer than what it was made from, so that nothing is installed twice.

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "Handrail needs Python 3.11 or newer: install it, or name it with make $(MAKECMDGOALS) PYTHON=python3.12." >&2; exit 1; }
	@$(PYTHON) -m venv .venv >/dev/null 2>&1 \
		|| { rm -rf .venv; echo "$(PYTHON) cannot make an environment here: install its venv module (apt install python3-venv) and see that this folder can be written to." >&2; exit 1; }

.venv/run.stamp: requirements/run.lock $(PACKAGES) | .venv/bin/python
	@$(call install,run)
	@touch $@

.venv/dev.stamp: requirements/dev.lock $(PACKAGES) | .venv/bin/python
	@$(call install,dev)
	@touch .venv/run.stamp $@

# The lock is whole, so nothing is left to resolve: older pips stumble over an extra (coverage[toml]) that has a
# newer release than the lock names.
define install
echo "Installing what Handrail needs into .venv (once, about a minute) ..."; \
{ $(PIP) install --require-hashes --no-deps -r requirements/$(1).lock \
	&& $(PIP) install --no-deps --no-build-isolation --no-index -e . -e sdk; } >.venv/install.log 2>&1 \
	|| { echo "The packages could not be installed: see that pip reaches a package index (PIP_INDEX_URL names another one) and try again; .venv/install.log has the details." >&2; exit 1; }
endef

browser:
	@for name in chromium chromium-browser google-chrome google-chrome-stable; do \
		command -v $$name >/dev/null && exit 0; done; \
	[ -d "/Applications/Google Chrome.app" ] && exit 0; \
	[ -d "/Applications/Chromium.app" ] && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium for the browser tests ..."; \
		{ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium; } \
			>.venv/chromium.log 2>&1 && exit 0; \
	fi; \
	echo "The browser tests need Chromium: install it (apt install chromium, brew install --cask chromium) and try again." >&2; \
	exit 1
