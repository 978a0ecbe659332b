# `make` alone lists the targets. Each makes the environment that it needs, once.
# Another interpreter or place: make test PYTHON=python3.12 VENV=.venv312

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
UV_COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-annotate --upgrade \
	--custom-compile-command "make lock"

# The tests share nothing, so each core takes some. A single one is easier to read without.
EACH_CORE := -n auto --dist worksteal

# Those of storage run on both engines anyway; the program's, its demo's and its pages' are about files.
OF_BOTH_ENGINES := tests/mentorship tests/api tests/journeys tests/faults tests/fuzz tests/crash/test_living.py

# Those in which the engine's own locks decide.
CROWDS_AND_CRASHES := tests/journeys/booking/test_waves.py tests/journeys/booking/test_races.py \
	tests/mentorship/sessions/test_booking.py tests/crash/test_living.py

.DEFAULT_GOAL := help
.PHONY: help demo run upgrade test test-long test-postgresql lint bench docs pictures proof \
	mutants audit lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.demo ## try it in a browser: no token, no account, no network
	$(BIN)/mentorbot demo

run: $(VENV)/.run ## run it for real, as config.toml says
	$(BIN)/mentorbot run

upgrade: ## take the newest version and its libraries; interrupted, it may be run again
	git pull --ff-only
	$(MAKE) $(VENV)/.run

test: lint ## lint, then every test of a few seconds
	$(BIN)/pytest -m "not long" $(EACH_CORE)

test-long: $(VENV)/.dev ## every test there is, for more than an hour; writes docs/tested.md
	$(BIN)/pytest $(EACH_CORE) --junit-xml=build/tests.xml
	$(BIN)/pytest --engine postgresql $(EACH_CORE) --junit-xml=build/postgresql.xml $(CROWDS_AND_CRASHES)
	$(BIN)/python -m docs.tested build/tests.xml build/postgresql.xml

test-postgresql: $(VENV)/.dev ## the tests of a few seconds once more, with the data in PostgreSQL
	$(BIN)/pytest -m "not long" --engine postgresql $(EACH_CORE) $(OF_BOTH_ENGINES)

lint: $(VENV)/.dev ## style, types, and the arrows between the layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy

docs: $(VENV)/.dev ## write the pages of docs/ that follow from the program
	$(BIN)/python -m docs.reference

pictures: $(VENV)/.dev ## take the pictures of docs/pictures from the demo, in a Chromium
	$(BIN)/python -m docs.pictures

bench: $(VENV)/.dev ## each figure beside the limit it is measured against
	$(BIN)/python -m bench

proof: $(VENV)/.dev ## break the program on purpose, and write what caught it
	$(BIN)/python -m docs.proof

mutants: $(VENV)/.dev ## mutate the pure rules, and print each module's score and survivors
	$(BIN)/mutmut run
	$(BIN)/python -m docs.mutation_score

audit: $(VENV)/.dev ## ask whether any library that is installed for running has a known hole
	$(PIP) install pip-audit
	$(BIN)/pip-audit --strict --no-deps --disable-pip --requirement requirements/run.txt

lock: $(VENV)/.dev ## take the newest versions that pyproject.toml allows into requirements/
	$(PIP) install uv
	$(UV_COMPILE) --extra postgresql --extra demo --group build --group dev \
		--output-file requirements/dev.txt
	$(UV_COMPILE) --extra postgresql --extra demo --group build \
		--constraint requirements/dev.txt --output-file requirements/demo.txt
	$(UV_COMPILE) --extra postgresql --group build \
		--constraint requirements/dev.txt --output-file requirements/run.txt

clean: ## remove the environment, caches and builds; no data
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis \
		.import_linter_cache mutants
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp says that what its list names is installed. The lists agree on every version, so an
# environment may grow from run to demo to dev.
$(VENV)/.run $(VENV)/.demo $(VENV)/.dev: $(VENV)/.%: requirements/%.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("mentorbot needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing requirements/$*.txt into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements/$*.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
