# `make` lists the targets. Each target creates the virtual environment it needs, if it is missing.
# To use another interpreter or folder: make test PYTHON=python3.12 VENV=.venv312

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
UV_COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-annotate --upgrade \
	--custom-compile-command "make lock"

# Where the packages of Node are, with which tests lint the OpenAPI document and generate a client.
NODE := build/node
NODE_PACKAGES := $(addprefix tests/api/clients/, package.json package-lock.json .npmrc)

# The tests are independent, so they run on all cores.
PARALLEL := -n auto --dist worksteal

# Tests to run on PostgreSQL too. Those of storage always run on both engines; those of the program,
# the demo and the docs need SQLite files.
POSTGRESQL_TESTS := tests/mentorship tests/api tests/journeys tests/faults tests/fuzz tests/crash/test_activity.py \
	tests/simulated_day

# Tests whose result depends on the locks of the database.
LOCKING_TESTS := tests/journeys/booking/test_waves.py tests/journeys/booking/test_races.py \
	tests/mentorship/sessions/test_booking.py tests/crash/test_activity.py

# Compiled files are kept here even where the machine says otherwise: with them, collecting the tests
# takes 8.9 s instead of 16.4 s, and starting the program 1.16 s instead of 1.45 s.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help demo run upgrade test test-long test-postgresql lint bench docs translations pictures proof \
	mutants alerts audit lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.demo ## run the demo in a browser: no token, no account, no network
	$(BIN)/mentorbot demo

run: $(VENV)/.run ## run the bot with the settings of config.toml
	$(BIN)/mentorbot run

upgrade: ## update to the newest version and its libraries; safe to repeat
	git pull --ff-only
	$(MAKE) $(VENV)/.run

test: lint $(NODE)/.installed ## lint, and run all fast tests
	$(BIN)/pytest -m "not long" $(PARALLEL)

test-long: $(VENV)/.dev $(NODE)/.installed ## run all tests, which takes over an hour; writes docs/tested.md
	$(BIN)/pytest $(PARALLEL) --junit-xml=build/tests.xml
	$(BIN)/pytest --engine postgresql $(PARALLEL) --junit-xml=build/postgresql.xml $(LOCKING_TESTS)
	$(BIN)/python -m docs.tested build/tests.xml build/postgresql.xml

test-postgresql: $(VENV)/.dev ## run the fast tests on PostgreSQL
	$(BIN)/pytest -m "not long" --engine postgresql $(PARALLEL) $(POSTGRESQL_TESTS)

lint: $(VENV)/.dev ## check style, imports between packages, and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy

translations: $(VENV)/.dev ## collect the texts for translators; list what is missing or broken
	$(BIN)/python -m docs.translations

docs: $(VENV)/.dev ## generate the pages of docs/ that describe the program
	$(BIN)/python -m docs.reference

pictures: $(VENV)/.dev ## take the screenshots of docs/pictures from the demo; needs Chromium
	$(BIN)/python -m docs.pictures

bench: $(VENV)/.dev ## run the load tests; writes docs/performance.md
	$(BIN)/python -m bench

proof: $(VENV)/.dev ## break the program on purpose, and write which tests catch it to docs/proof.md
	$(BIN)/python -m docs.proof

mutants: $(VENV)/.dev ## mutate the pure rules, and print each module's score and survivors
	@# A mutated loop may never end and take all memory: 3 GiB is ten times what the tests need.
	ulimit -v 3145728; $(BIN)/mutmut run
	$(BIN)/python -m docs.mutation_score

alerts: $(VENV)/.dev ## cause what each alert warns of, and wait for it; needs Prometheus and PostgreSQL
	$(BIN)/python -m tests.alerts

audit: $(VENV)/.dev ## check the installed libraries for known vulnerabilities
	$(PIP) install pip-audit
	$(BIN)/pip-audit --strict --no-deps --disable-pip --requirement requirements/run.txt

lock: $(VENV)/.dev ## update requirements/ to the newest versions that pyproject.toml allows
	$(PIP) install uv
	$(UV_COMPILE) --extra postgresql --extra demo --group build --group dev \
		--output-file requirements/dev.txt
	$(UV_COMPILE) --extra postgresql --extra demo --group build \
		--constraint requirements/dev.txt --output-file requirements/demo.txt
	$(UV_COMPILE) --extra postgresql --group build \
		--constraint requirements/dev.txt --output-file requirements/run.txt

clean: ## remove the environment, caches and builds, but no data
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis \
		.import_linter_cache mutants
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Without Node or a network these tests are skipped, so a failure here is none of `make test`.
$(NODE)/.installed: $(NODE_PACKAGES)
	@mkdir -p $(NODE)
	@cp $(NODE_PACKAGES) $(NODE)
	@if ! command -v npm >/dev/null; then \
		echo "Node is missing: the tests of generated clients and linters will be skipped."; \
	elif (cd $(NODE) && npm ci --silent --prefer-offline); then touch $@; else \
		rm -rf $(NODE)/node_modules; \
		echo "Node's packages can't be installed: tests of clients and linters will be skipped."; \
	fi

# A stamp file says that a requirements list is installed. The lists agree on all versions, so the
# same environment can be extended from run to demo to dev.
$(VENV)/.run $(VENV)/.demo $(VENV)/.dev: $(VENV)/.%: requirements/%.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("mentorbot needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing requirements/$*.txt into $(VENV) ..."
	@$(PIP) install --no-deps --require-hashes -r requirements/$*.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
