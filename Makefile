# make learn: open the lessons.   make test: lint, types, and the tests of lab, grade and author.
# Both build .venv where it is missing or stale: learn with what learning needs, test with the rest.

PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.txt

.PHONY: learn test test-core test-browser chromium book test-book lite test-lite test-optional \
  mutants lint benchmark clean

learn: .venv/ready
	$(BIN)/python -m cifg_edu learn

test: lint
	$(BIN)/python -m pytest -n auto

# The core alone, in an empty environment of its own, runs lesson 01.
test-core: .venv/ready
	$(BIN)/python tests/core_alone.py

# A real browser moves every widget. Chromium comes from the system, or from Playwright.
test-browser: .venv/ready-to-test chromium
	$(BIN)/python -m pytest -n 2 --dist load tests/browser --ignore tests/browser/test_book.py \
	  --ignore tests/browser/test_lite.py

chromium: .venv/ready-to-test
	@command -v chromium || command -v chromium-browser || command -v google-chrome || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; \
	then apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium > /dev/null; \
	else $(BIN)/playwright install chromium \
	  || { echo "Chromium is missing: on Debian and Ubuntu, sudo apt install chromium"; exit 1; }; fi

# The course as a site: build/book/index.html.
book: .venv/ready-for-book
	$(BIN)/python -m cifg_edu.authoring book

# A real browser, without a network, reads the site and moves its widgets.
test-book: book chromium
	$(BIN)/python -m pytest -n 2 --dist load tests/browser/test_book.py

# The lessons for a browser without an installation: build/lite. A book that is built later carries
# them. PYODIDE=DIR puts Pyodide into the site, which then needs no other address.
lite: .venv/ready-for-lite
	$(BIN)/python -m cifg_edu.authoring lite $(if $(PYODIDE),--pyodide "$(PYODIDE)")

# A real browser, without a network, opens the lessons of the site; Node works one in Pyodide.
test-lite: lite chromium build/pyodide/pyodide.mjs
	$(BIN)/python -m pytest tests/browser/test_lite.py tests/pyodide

build/pyodide/pyodide.mjs: tests/pyodide/fetch.py .venv/ready-for-lite
	rm -rf build/pyodide
	mkdir -p build/pyodide
	$(BIN)/python -m tests.pyodide.fetch build/pyodide
	@touch $@

OPTIONAL_TESTS := tests/test_interop.py tests/test_gru_rnn.py tests/test_schedule_dask.py \
  tests/test_chorales.py tests/grading/test_dask.py

# The tests that need PyTorch, ONNX, Dask or music21; elsewhere they are skipped.
test-optional: .venv/ready-for-optional
	$(BIN)/python -m pytest -n auto $(OPTIONAL_TESTS)

# Small changes in the taught modules that no test of theirs notices. It takes some ten minutes.
mutants: .venv/ready-for-mutants
	$(BIN)/python -m tests.mutants

lint: .venv/ready-to-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy cifg_edu benchmarks
	$(BIN)/lint-imports --no-cache > /dev/null || $(BIN)/lint-imports --no-cache

benchmark: .venv/ready-to-test
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks.speed
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m benchmarks.curves
	$(BIN)/python -m benchmarks.end_to_end
	$(BIN)/python -m benchmarks.end_to_end --hidden-size 512 --epochs 3

# Each of these files comes last, so an installation cut short is done again.
.venv/ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' \
	  || { echo "Python's venv module is missing: on Debian and Ubuntu, sudo apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(INSTALL) --editable ".[lab]"
	@touch $@

.venv/ready-to-test: .venv/ready
	$(INSTALL) --editable ".[lab,grade,author,test]"
	@touch $@

.venv/ready-for-optional: .venv/ready-to-test
	$(INSTALL) --editable ".[compare,interop]"
	@touch $@

.venv/ready-for-book: .venv/ready-to-test
	$(INSTALL) --editable ".[book]"
	@touch $@

.venv/ready-for-lite: .venv/ready-to-test
	$(INSTALL) --editable ".[lite]"
	@touch $@

.venv/ready-for-mutants: .venv/ready-to-test
	$(INSTALL) --editable ".[mutants]"
	@touch $@

clean:
	rm -rf .venv
