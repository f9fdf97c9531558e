# Everything a fresh machine needs is git, make and Python 3.11 or later with venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PANDAS3 := .venv-pandas3

.PHONY: help setup example report test test-fast test-pandas3 lint bench lab fresh validate validation validation-designs fuzz docs site lock clean
.DEFAULT_GOAL := help

help:  ## Show this list
	@grep -hE '^[a-z0-9-]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 16

setup: $(READY)  ## Make the environment in .venv

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed; name one with: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $(READY)

report: $(READY)  ## Run the bundled study and write its HTML report
	$(BIN)/stepdown demo --out reports/programs

test: $(READY)  ## Run all tests (under 10 minutes on 2 cores)
	$(BIN)/python -m pytest -n auto --dist loadfile

test-fast: $(READY)  ## Run the tests that are not slow (under a minute on 2 cores)
	$(BIN)/python -m pytest -q -n auto --dist loadfile -m "not slow"

test-pandas3: $(PANDAS3)/.ready  ## Run all tests under pandas 3, in .venv-pandas3
	$(PANDAS3)/bin/python -m pytest -n auto --dist loadfile

# lifelines 0.30.3 asks for pandas below 3, so pandas 3 goes in after it, without a resolver.
$(PANDAS3)/.ready: requirements.lock requirements-pandas3.lock pyproject.toml
	$(PYTHON) -m venv $(PANDAS3)
	$(PANDAS3)/bin/python -m pip install --quiet --require-hashes -r requirements.lock
	$(PANDAS3)/bin/python -m pip install --quiet --require-hashes --no-deps -r requirements-pandas3.lock
	$(PANDAS3)/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

lint: $(READY)  ## Style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)  ## Timings, as ratios within one run
	$(BIN)/python -m tools.bench

validate: $(READY)  ## Does this installation give the right numbers? (under 5 minutes)
	$(BIN)/stepdown validate

validation: $(READY)  ## The long proof: tests with more draws, true values, coverage, 100 messy workbooks (hours)
	STEPDOWN_LONG_TESTS=1 $(BIN)/python -m pytest -q -n auto --dist loadfile
	$(BIN)/python -m tools.validation
	$(BIN)/python -m tools.messy_workbooks

INPUTS ?= 10000
fuzz: $(READY)  ## Damage a project in INPUTS ways and see what becomes of it (hours)
	PYTHONPATH=tests $(BIN)/python -m robustness $(INPUTS)

DRAWS ?= 1000
validation-designs: $(READY)  ## Comparisons against their truths, DRAWS cohorts a cell; goes on where it was stopped
	$(BIN)/python -m tools.validation.design_truths
	$(BIN)/python -m tools.validation.design_recovery $(DRAWS)
	$(BIN)/python -m tools.validation.design_recovery again

example: $(READY)  ## Make the kept examples of a public and an internal report anew
	$(BIN)/stepdown demo --out reports/example
	$(BIN)/stepdown demo --internal --out reports/example-internal

docs: $(READY)  ## Write the generated pages of docs/
	$(BIN)/python -m tools.docs_pages

site: $(READY)  ## Build the documentation site in site/, offline
	$(BIN)/python -m tools.docs_site

lab: $(READY)  ## JupyterLab on notebooks/
	$(BIN)/stepdown lab

fresh:  ## Clone HEAD, with an empty HOME, and run report and test there
	bash .ci/fresh

LOCKED := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet

lock:  ## Resolve the lock files anew (needs uv)
	uv pip compile pyproject.toml --all-extras --group dev $(LOCKED) --output-file requirements.lock
	echo 'pandas>=3,<4' | uv pip compile - --no-deps $(LOCKED) --output-file requirements-pandas3.lock

clean:  ## Remove the environment and caches
	rm -rf $(VENV) $(PANDAS3) .mypy_cache site .ruff_cache .pytest_cache .hypothesis .import_linter_cache
