# make learn: open the lessons.   make test: everything that tests without a browser or extras.
# All first build .venv from requirements.txt, when it is missing or stale.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: learn test test-browser install-browser test-optional lint benchmark clean

learn: .venv/ready
	$(BIN)/python -m cifg_edu learn

test: lint
	$(BIN)/python -m pytest -n auto

# A real browser moves every widget. Chromium comes from the system, or from Playwright.
test-browser: .venv/ready
	@command -v chromium || command -v chromium-browser || command -v google-chrome \
	  || $(MAKE) --no-print-directory install-browser
	$(BIN)/python -m pytest tests/browser

install-browser:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; \
	then apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium > /dev/null; \
	else $(BIN)/playwright install chromium \
	  || { echo "Chromium is missing: on Debian and Ubuntu, sudo apt install chromium"; exit 1; }; fi

OPTIONAL_TESTS := tests/test_interop.py tests/test_gru_rnn.py tests/test_schedule_dask.py \
  tests/test_compare.py tests/test_chorales.py tests/test_comparison_runs.py tests/grading/test_dask.py

# The tests that need PyTorch, ONNX, Dask or music21; elsewhere they are skipped.
test-optional: .venv/ready requirements-optional.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-optional.txt
	$(BIN)/python -m pytest -n auto $(OPTIONAL_TESTS)

lint: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy cifg_edu benchmarks
	$(BIN)/lint-imports --no-cache > /dev/null || $(BIN)/lint-imports --no-cache

benchmark: .venv/ready
	$(BIN)/python -m benchmarks.speed

# The file ready comes last, so an installation cut short is made anew.
.venv/ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' \
	  || { echo "Python's venv module is missing: on Debian and Ubuntu, sudo apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

clean:
	rm -rf .venv
