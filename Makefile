PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: demo test check clean

demo: $(VENV)/.installed ## Process the bundled calls and show the scores
	@$(BIN)/qm demo

test: check ## Lint, types and the whole test suite
	@$(BIN)/python -m pytest -n auto --dist loadgroup

check: $(VENV)/.installed-dev ## Lint and types only
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

clean: ## Remove the virtual environment and the caches
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "qm needs Python 3.11 or newer; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@echo "Installing qm into $(VENV), which takes about a minute …"
	@$(PIP) install --quiet --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	@echo "Installing qm and its test tools into $(VENV), which takes about a minute …"
	@$(PIP) install --quiet --editable '.[dev]'
	@touch $@ $(VENV)/.installed
