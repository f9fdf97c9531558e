# Everything a fresh machine needs is git, make and Python 3.11 or later with venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help setup example report test test-fast lint bench lab fresh validate docs lock clean
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
	$(BIN)/stepdown run data/synthetic/programs/study.toml --out reports/programs

test: $(READY)  ## Run all tests (under 10 minutes on 2 cores)
	$(BIN)/python -m pytest -n auto --dist loadfile

test-fast: $(READY)  ## Run the tests that are not slow (under a minute on 2 cores)
	$(BIN)/python -m pytest -q -n auto --dist loadfile -m "not slow"

lint: $(READY)  ## Style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)  ## Timings, as ratios within one run
	$(BIN)/python -m tools.bench

validate: $(READY)  ## Long proofs: the truth of the synthetic cohorts
	$(BIN)/stepdown validate

example: $(READY)  ## Make the kept example of a report anew
	$(BIN)/stepdown run data/synthetic/programs/study.toml --out reports/example

docs: $(READY)  ## Write the generated pages of docs/
	$(BIN)/python -m tools.docs_pages

lab: $(READY)  ## JupyterLab on notebooks/
	$(BIN)/stepdown lab

fresh:  ## Clone HEAD, with an empty HOME, and run report and test there
	bash .ci/fresh

lock:  ## Resolve requirements.lock anew (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --all-extras --group dev \
		--generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements.lock

clean:  ## Remove the environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
