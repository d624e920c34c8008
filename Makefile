# What people type. Needs Python 3.11 or newer, git, make and a package registry; everything else goes into .venv.

PORT ?= 8000
HOST ?=
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
PIP := .venv/bin/python -m pip --disable-pip-version-check --quiet
PYTEST := .venv/bin/python -m pytest

.PHONY: run venv test browser lint bench soak help

help: ## Say what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## */  make \1\t/'

run: .venv/runtime ## Serve the demo city: make run [PORT=8000] [HOST=0.0.0.0]
	@.venv/bin/python wsgi.py --port $(PORT) $(if $(HOST),--host $(HOST))

venv: .venv/dev ## Build .venv with everything that tests and linters need

test: .venv/dev ## Run the tests (no root, no apt; PostgreSQL comes as a wheel)
	@$(PYTEST) -n logical $(ARGS)
	@echo 'The pages have tests of their own: make browser, with Chromium ($(notdir $(wildcard tests/browser/test_*.py))).'

browser: .venv/dev ## Run the tests of the pages in Chromium
	@$(PYTEST) -n logical -m browser $(ARGS)

lint: .venv/dev ## Check style, formatting, types and the import contracts
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

bench: .venv/dev ## Measure Ouyu against bare Flask on both databases; writes docs/bench.md
	@.venv/bin/python -m benchmarks $(ARGS)

soak: .venv/dev ## Send 5,000 odd requests over the whole API
	@$(PYTEST) -m soak $(ARGS)

.venv/runtime: requirements.txt | .venv/bin/python
	@echo 'Installing what the service needs into .venv (once; a minute or two) …' >&2
	@$(PIP) install -r requirements.txt
	@touch $@

.venv/dev: requirements-dev.txt .venv/runtime
	@echo 'Installing what tests and linters need into .venv (once) …' >&2
	@$(PIP) install -r requirements-dev.txt
	@touch $@

.venv/bin/python:
	@'$(or $(PYTHON),false)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "Ouyu needs Python 3.11 or newer, and $(or $(PYTHON),$$(python3 --version 2>&1)) is not that; install one and say where it is: make run PYTHON=/path/to/python3" >&2; exit 1; }
	@'$(PYTHON)' -m venv .venv || { rm -rf .venv; echo "'$(PYTHON) -m venv' failed: on Debian and Ubuntu, install the package python3-venv and run make again." >&2; exit 1; }
