# make run: everything, at http://127.0.0.1:5000. make test: the tests of a few minutes; make test-all: all of them.
# Each sets up what it needs first.

.PHONY: run setup test test-rest test-all lint bench storm ablation lock packages packages-dev
.DEFAULT_GOAL := run

# The first Python that is new enough; another one: make PYTHON=/path/to/python3 run
NEW_ENOUGH = -c 'import sys; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python $(NEW_ENOUGH) 2>/dev/null && echo $$python && break; done)
IN_VENV = .venv/bin/python -m
# The virtual environment keeps a copy of the lock that it was made from: packages are installed when that changes.
INSTALLED = .venv/requirements.txt
INSTALLED_DEV = .venv/requirements-dev.txt

LOCK = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock"

run: packages
	@.venv/bin/python run.py --until-parent-ends

setup: packages
	@$(IN_VENV) flask --app run db upgrade

# What bears a marker of pyproject.toml takes long: it starts processes, drives a browser, or kills.
QUICK = not (process or browser or force)
PYTEST = $(IN_VENV) pytest -n 2 --dist loadfile --no-loadscope-reorder

test: packages-dev
	@$(PYTEST) -m "$(QUICK)"

test-rest: packages-dev
	@$(PYTEST) -m "not ($(QUICK))"

test-all: packages-dev
	@$(PYTEST)

lint: packages-dev
	$(IN_VENV) ruff check .
	$(IN_VENV) ruff format --check .
	$(IN_VENV) pyright
	.venv/bin/python -c 'from importlinter.cli import lint_imports_command as lint; lint()'

bench: packages-dev
	@$(IN_VENV) benchmarks

storm: packages-dev
	@$(IN_VENV) tests.jobs.storm

ablation: packages-dev
	@$(IN_VENV) tests.ablation

packages: .venv/bin/python
	@cmp -s requirements.txt $(INSTALLED) || { \
		echo "Installing packages …" && \
		$(IN_VENV) pip install -qq --disable-pip-version-check --require-hashes -r requirements.txt && \
		cp requirements.txt $(INSTALLED); }

packages-dev: .venv/bin/python
	@cmp -s requirements-dev.txt $(INSTALLED_DEV) && cmp -s requirements.txt $(INSTALLED) || { \
		echo "Installing packages, those for tests too …" && \
		$(IN_VENV) pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.txt && \
		cp requirements.txt requirements-dev.txt .venv/; }

.venv/bin/python:
	@$(PYTHON) $(NEW_ENOUGH) 2>/dev/null || { \
		echo "Python 3.11 or newer is needed, and none was found. Install it, or name it: make PYTHON=/path/to/python3 run"; \
		exit 1; }
	@echo "Making a virtual environment with $$($(PYTHON) --version) …"
	@$(PYTHON) -m venv --clear .venv || { \
		rm -rf .venv; \
		echo "This Python cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv"; \
		exit 1; }

lock:
	@command -v uv >/dev/null || { echo "uv is needed to write the locks: pip install uv"; exit 1; }
	$(LOCK) pyproject.toml -o requirements.txt
	$(LOCK) pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt
