# The two commands of a newcomer are `make demo` and `make test`; both need Python 3.11 or later
# and make, nothing else: they set up a virtual environment in .venv first.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
WORKERS ?= 2

.PHONY: help demo test test-slow lint docs bench nightly clean

help:
	@echo "make demo       run the main job on data_samples and say where the report lies"
	@echo "make test       the tests (under ten minutes on two cores)"
	@echo "make test-slow  the long tests"
	@echo "make lint       ruff and mypy --strict"
	@echo "make docs       write the generated pages of docs/reference again"
	@echo "make bench      the benchmarks, one JSON line each"
	@echo "make nightly    all of these, and QGIS where it is installed (qgis, python3-qgis)"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "edaphon needs Python 3.11 or later, this is %s; name one: make PYTHON=python3.12 demo" % sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	@touch $@ $(VENV)/.run

demo: $(VENV)/.run
	$(BIN)/edaphon run configs/valley.yaml --out runs/valley --workers $(WORKERS) --force

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not slow and not nightly"

test-slow: $(VENV)/.dev
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m slow

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(VENV)/.dev
	$(BIN)/python scripts/write_reference.py

bench: $(VENV)/.dev
	for name in front linking saturating multi_action exact_fronts space patches neighbors marxan page predict draws; do \
	  OMP_NUM_THREADS=1 $(BIN)/python benchmarks/$$name.py; done
	for name in rothc water folds species audit effects surrogates; do \
	  OMP_NUM_THREADS=1 $(BIN)/python benchmarks/$$name.py --json; done

nightly: test test-slow bench
	$(BIN)/python -m pytest -m nightly

clean:
	rm -rf $(VENV) runs .pytest_cache .mypy_cache .ruff_cache
