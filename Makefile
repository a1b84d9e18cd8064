# Two commands matter: `make demo` and `make test`. `make help` lists the rest.
PYTHON ?= python3
PORT ?= 8501
BIN := .venv/bin

.PHONY: help demo install test-tools test conformance lint types contracts format bench screenshots lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

demo: install ## the sample company on http://127.0.0.1:8501 (another port: make demo PORT=9000)
	$(BIN)/console demo --port $(PORT)

install: .venv/.installed ## .venv with the `console` command in it

.venv/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

test-tools: install .venv/.test-tools
.venv/.test-tools: requirements-test.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-test.lock
	@touch $@

test: test-tools ## lint, types, rules between rooms and the whole suite on SQLite, PostgreSQL and Chromium
	$(BIN)/python -m tests.provide
	$(MAKE) --no-print-directory lint types contracts
	$(BIN)/pytest -n 2 --dist loadgroup

conformance: test-tools ## our payment gateway against a Stripe server that others wrote (needs Node and npm)
	@command -v node >/dev/null && command -v npm >/dev/null || { echo "make conformance needs Node and npm; install them (Debian: apt-get install nodejs npm)."; exit 1; }
	$(BIN)/pytest tests/conformance/stateful_mock.py

lint: test-tools ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: test-tools ## mypy, strict
	$(BIN)/mypy

contracts: test-tools ## the rules between rooms
	$(BIN)/lint-imports

format: test-tools ## mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install ## medians of 20 and the ratio to the bare SQL, on 100,000 customers
	$(BIN)/console bench

screenshots: test-tools ## take the README's pictures again from the sample company
	$(BIN)/python -m tests.provide
	$(BIN)/python -m tests.browser.screenshots

lock: ## compile the two lock files again (needs uv on the PATH)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra test -c requirements.lock pyproject.toml -o requirements-test.lock

clean: ## remove the environment and the sample company
	rm -rf .venv var
