# Two commands: `make verify` proves and measures the bounds, `make test` runs the tests.
# Each sets up .venv from requirements.lock on first use and is quick when nothing changed.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup verify test test-slow lint format lock clean coq coq-files coq-interval coq-pep book book-test

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

setup: $(STAMP)  ## create .venv and install everything from the lock

# pip compiles on one core, compileall on all of them. Its exit code is dropped because some packages
# ship templates that are not Python; what fails to compile here is compiled, or fails, on import.
$(STAMP): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "signcheck needs Python 3.11 or newer, but $(PYTHON) is %d.%d; call make PYTHON=python3.12, say." % sys.version_info[:2])'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -c requirements.lock -e '.[test]'
	@$(BIN)/python -m compileall -qq -j 0 -x '/tests?/' $(VENV)/lib || true
	@touch $@

verify: $(STAMP)  ## prove the theorems, measure their hard instances, compare
	@$(BIN)/signcheck verify

test: $(STAMP)  ## all tests but the slow ones, on every core
	@$(BIN)/python -m pytest -n auto -m 'not slow and not coq and not book'

test-slow: $(STAMP)  ## the slow tests alone
	@$(BIN)/python -m pytest -n auto -m 'slow and not coq and not book'

COQ := build/coq
COQC := timeout 300 coqc -w none

# Needs coqc and coqchk (Debian: apt-get install coq). A file is a module of the folder's root.
coq: $(STAMP)  ## export every theorem to Coq, check all with coqc and coqchk, print the axioms
	@rm -rf $(COQ)
	@$(BIN)/signcheck export coq --out $(COQ)
	@$(MAKE) -s coq-files
	@cd $(COQ) && cat thm_*.v.log | grep -E '^[A-Za-z_.]+$$|^[A-Za-z_.]+ :' | sort | uniq -c
	@cd $(COQ) && timeout 400 coqchk -silent -o -R . "" $$(ls thm_*.v | sed 's/\.v$$//')
	@$(BIN)/python -m pytest -q -m coq tests/export

# signcheck audit reads the times of the commands in the logs.
coq-files:  ## check what lies in build/coq with coqc, two files at a time
	@cd $(COQ) && $(COQC) SigncheckPrelude.v && ls thm_*.v | xargs -P 2 -n 1 sh -c '$(COQC) -time "$$0" > "$$0.log" 2>&1 || { grep -v "^Chars" "$$0.log"; exit 255; }'

# Apart, because the tactic of coq-interval (Debian: libcoq-interval) rests on machine numbers.
coq-interval: $(STAMP)  ## export the enclosures and check them with coqc and coq-interval
	@$(BIN)/signcheck export coq --enclosures --out $(COQ)-interval
	@cd $(COQ)-interval && ls enc_*.v | xargs -P 2 -n 1 sh -c '$(COQC) "$$0" > "$$0.log" 2>&1 || { cat "$$0.log"; exit 255; }'

# Apart, because coqchk needs minutes for one of these; coqc needs seconds.
coq-pep: $(STAMP)  ## export a certificate of the sign-PEP to Coq and check it with coqc
	@mkdir -p $(COQ)-pep
	@$(BIN)/signcheck export coq --out $(COQ)-pep results/pep/certificate_T4_reachable.json
	@cd $(COQ)-pep && coqc -w none SigncheckPrelude.v && coqc -w none thm_T9_certificate_T4_reachable.v

BOOK := $(VENV)/.installed-book

$(BOOK): $(STAMP)
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -c requirements.lock -e '.[book]'
	@touch $@

# Always from nothing: an unchanged rebuild after a failure would look like a success.
book: $(BOOK)  ## build the book into build/book/_build/html; warnings are errors
	@$(BIN)/python -m tools.book

# Needs Chromium (Debian: apt-get install chromium).
book-test: $(BOOK)  ## open every page of the built book in headless Chromium
	@$(BIN)/python -m pytest -q -m book tests/book

lint: $(STAMP)  ## ruff, its formatter and mypy --strict, nothing is changed
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(STAMP)  ## let ruff fix and format the source
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock:  ## resolve requirements.lock anew from pyproject.toml
	@$(PYTHON) tools/lock.py

clean:  ## remove .venv and every cache
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
