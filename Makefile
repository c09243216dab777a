# The front door: `make grade` installs on first use and grades the sample class, `make test` proves
# that everything works. Both need Python (3.10 or newer), make, git and a package index, no more.
PYTHON ?= python3
export PYTHONUNBUFFERED = 1
VENV := .venv
BIN := $(VENV)/bin
CLASS := build/class
GRADES := build/grades
AXE := 4.14.1
ASSIGNMENTS := $(notdir $(patsubst %/,%,$(wildcard source/*/)))

.PHONY: help install grade test fast lint release verify rehearse mutants redteam chaos bench axe pictures docs clean

help:
	@echo "make grade     grade the sample class and say where the reports are"
	@echo "make test      everything that CI runs"
	@echo "make fast      the fast tests alone (as plain pytest does)"
	@echo "make install   install into $(VENV), without running anything"
	@echo "make release   build release/ and the top-level stubs from source/"
	@echo "make verify    grade every specimen and compare with its manifest"
	@echo "make rehearse  check every specimen as the notebook does; the table, and what is amiss"
	@echo "make mutants   grade mutants of the reference; the table, and those that survive"
	@echo "make redteam   hostile submissions against pytest, nbgrader and this kit; the table"
	@echo "make chaos     a class of 50 graded under over 100 random kill -9, ends as without; SEED=..."
	@echo "make bench     what grading and training cost, beside others, with the goals; MINUTES=..."
	@echo "make axe       fetch axe-core by npm, with which the tests look at how accessible the pages are"
	@echo "make pictures  take the README's pictures anew, in Chromium"
	@echo "make docs      the documentation, as pages, into build/docs"
	@echo "make clean     remove what the commands above have built"

install: $(VENV)/installed

$(VENV)/installed: pyproject.toml constraints.txt
	@echo "Installing into $(VENV); torch is large, so this takes a few minutes."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

grade: install
	@rm -rf $(CLASS)
	@$(BIN)/python -m autograder.assignments.vae.specimens $(CLASS)
	@$(BIN)/autograder grade $(CLASS) --out $(GRADES) --train never

lint: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

test: lint
	$(BIN)/autograder release --check
	$(BIN)/python -m pytest -m '' -n 2 --dist loadscope --no-loadscope-reorder --durations 15
	@for name in $(ASSIGNMENTS); do $(BIN)/autograder verify $$name || exit 1; done
	@$(BIN)/python -m autograder.rehearse

fast: install
	$(BIN)/python -m pytest

release: install
	$(BIN)/autograder release

verify: install
	@for name in $(ASSIGNMENTS); do $(BIN)/autograder verify $$name || exit 1; done

rehearse: install
	@$(BIN)/python -m autograder.rehearse

mutants: install
	@for name in $(ASSIGNMENTS); do $(BIN)/python -m autograder.mutants $$name || exit 1; done

redteam: install
	@PYTHONPATH=tests $(BIN)/python -m redteam

chaos: install
	NNDL2_CHAOS=$(or $(SEED),1) $(BIN)/python -m pytest -m '' tests/test_chaos.py -s

bench: install
	$(BIN)/python -m benchmarks --minutes $(or $(MINUTES),20)

axe: build/axe/axe.min.js

build/axe/axe.min.js:
	@mkdir -p build/axe
	cd build/axe && npm pack --silent axe-core@$(AXE) && tar -xzf axe-core-$(AXE).tgz --strip-components=1

pictures: grade
	$(BIN)/autograder feedback $(GRADES)
	PYTHONPATH=tests $(BIN)/python -m pictures $(GRADES) docs/pictures

docs: install
	$(BIN)/sphinx-build -W -q -d build/doctrees docs build/docs
	@echo "the documentation is in build/docs/index.html"

clean:
	rm -rf build .pytest_cache .mypy_cache .ruff_cache
