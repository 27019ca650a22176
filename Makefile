# A hub's commands. `make` alone lists them.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The first of these that is there and works: a version manager may leave commands that only complain.
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
UP_OPTIONS := $(if $(PORT),--port $(PORT)) $(if $(filter command,$(word 1,$(origin HOST))),--host $(HOST))

.PHONY: help
help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: installed-worker ## Run the whole hub here (PORT=8000 HOST=127.0.0.1; DEMO=0: without the demo community)
	@exec $(BIN)/python manage.py up $(UP_OPTIONS)

.PHONY: test
test: installed-dev ## Run every test, on SQLite and on PostgreSQL (ARGS="-k name": with these pytest options)
	@$(BIN)/python tests/system_packages.py
	@$(BIN)/python -m tests.suite $(ARGS)

.PHONY: lint
lint: installed-dev ## Check style, types, directions of imports, migrations, deployment settings
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	HUB_PUBLIC_URL=https://hub.example.org HUB_DATABASE_URL=postgres://hub@localhost/hub \
		$(BIN)/python manage.py check --deploy --fail-level WARNING
	@$(BIN)/python tests/architecture/sizes.py

.PHONY: format
format: installed-dev ## Put the code into the project's style
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: messages
messages: installed-dev ## Collect the texts to translate, and compile the translations
	$(BIN)/python manage.py makemessages --locale zh_Hans --no-obsolete --no-location --no-wrap --ignore .venv --ignore var --ignore .cache --ignore tests
	$(BIN)/python manage.py compilemessages --ignore .venv

.PHONY: bench
bench: installed-dev ## Measure uploads, downloads, evaluations, a full hub and large votes, beside their yardsticks
	@$(BIN)/python tests/system_packages.py
	@$(BIN)/python -m bench.transfer
	@$(BIN)/python -m bench.evaluation
	@$(BIN)/python -m bench.causal
	@$(BIN)/python -m bench.gpu
	@$(BIN)/python -m bench.workers
	@$(BIN)/python -m bench.listing
	@$(BIN)/python -m bench.leaderboard
	@$(BIN)/python -m bench.governance
	@$(BIN)/python -m bench.threads

.PHONY: lock
lock: ## Resolve requirements/*.in to exact versions (UPGRADE=1: the newest ones)
	@test -x .cache/lock/bin/pip-compile || { \
		$(PYTHON) -m venv .cache/lock && .cache/lock/bin/pip install --quiet pip-tools; }
	.cache/lock/bin/python requirements/lock.py $(if $(UPGRADE),--upgrade)

.PHONY: clean
clean: ## Remove what was built: environment and caches, never var/ with the hub's data
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.PHONY: installed-worker installed-dev
installed-worker installed-dev: installed-%:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: apt install python3 python3-venv"; exit 1; }
	@$(PYTHON) requirements/install.py $*
