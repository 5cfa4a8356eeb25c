# Two commands on a fresh machine with Python 3.11: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
STAMP = $(VENV)/.installed

.PHONY: setup demo test lint format neo4j neo4j-stop benchmarks docs clean
.DEFAULT_GOAL := help

help: ## what can be made
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "etiograph needs Python 3.11 or newer; set PYTHON=...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.[dev]'
	touch $(STAMP)

setup: $(STAMP) ## set up .venv with everything the tests need

demo: $(STAMP) ## the main job, end to end, on the embedded store
	$(BIN)/etiograph demo

test: $(STAMP) ## every test that this machine can run
	$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: $(STAMP) ## ruff, mypy --strict, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(STAMP) ## let ruff rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

neo4j: $(STAMP) ## start a real Neo4j on loopback (needs Java 17 and Maven)
	$(BIN)/python docker/neo4j/neo4j_local.py start

neo4j-stop: $(STAMP) ## stop it
	$(BIN)/python docker/neo4j/neo4j_local.py stop

benchmarks: $(STAMP) ## the figures of benchmarks/README.md
	$(BIN)/python -m benchmarks.stores
	$(BIN)/python -m benchmarks.ingest

docs: $(STAMP) ## write docs/cli.md from the commands' own help
	$(BIN)/python -m etiograph.cli.reference > docs/cli.md

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache build *.egg-info
