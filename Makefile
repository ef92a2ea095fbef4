# make learn: open the lessons.   make test: everything that tests.
# Both first build .venv from requirements.txt, when it is missing or stale.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: learn test lint benchmark clean

learn: .venv/ready
	$(BIN)/python -m cifg_edu learn

test: lint
	$(BIN)/python -m pytest -n auto

lint: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy cifg_edu benchmarks

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
