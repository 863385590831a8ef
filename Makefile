# Each target sets up all that it needs by itself.
VENV := .venv
PY := $(VENV)/bin/python
SOURCES := requirements.lock package-lock.json pyproject.toml

.PHONY: setup setup-dev demo test bench check catalogues lock

setup: $(VENV)/.runtime static/vendor/.prepared

setup-dev: $(VENV)/.dev static/vendor/.prepared

$(PY):
	python3 -m venv $(VENV)

$(VENV)/.runtime: $(PY) requirements.lock pyproject.toml
	$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(PY) -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

# npm fetches what package-lock.json pins by hash; a wheel of Node.js serves where there is no npm.
static/vendor/.prepared: package-lock.json $(VENV)/.runtime $(wildcard locale/*/LC_MESSAGES/*.po)
	@command -v npm >/dev/null || $(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements-node.lock
	PATH="$$PATH:$(CURDIR)/$(VENV)/bin" npm ci --loglevel=error
	$(VENV)/bin/participation prepare
	touch $@

demo: setup
	DEMO=1 $(VENV)/bin/participation demo

test: setup-dev
	$(PY) -m pytest --numprocesses 2 --dist worksteal

bench: setup-dev
	$(PY) -m tests.bench

check: setup-dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/djlint templates --lint --quiet

# Extract messages and bring both catalogues up to date; the tests say what is not translated.
catalogues: setup-dev
	$(PY) -m tests.catalogues

LOCK := uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11

lock:
	$(LOCK) pyproject.toml --group build -o requirements.lock
	$(LOCK) pyproject.toml --group build --group dev -o requirements-dev.lock
	$(LOCK) --group node -o requirements-node.lock
