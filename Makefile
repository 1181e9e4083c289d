# KITU. Every target sets up what it needs; `make` alone lists them.
PYTHON ?= $(shell command -v python3 || command -v python)
BOOTSTRAP := $(PYTHON) -m deploy.bootstrap
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup demo test check up mail-preview bench chaos fuzz contracts secrets lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Virtual environment, dependencies and RabbitMQ, unless they are there
	@$(BOOTSTRAP)

demo: setup ## One whole buying round on real parts; prints where its report lies
	@$(BIN)/python -m deploy.demo

test: ## Every test, on a private RabbitMQ, PostgreSQL and mail server
	@$(BOOTSTRAP) --for-tests
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile

check: setup ## Lint, format, types and import rules
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

up: setup ## The four services for real use, until Ctrl-C
	@$(BIN)/python -m deploy.up

mail-preview: setup ## Every kind of mail with sample data, to look at in a browser
	@$(BIN)/python -m services.notifications.mail.preview

bench: setup ## Measure throughput
	@$(BIN)/python -m deploy.bench.bundling
	@$(BIN)/python -m deploy.bench.mails

chaos: setup ## Kill parts of the running suite and count what is lost: make chaos ARGS="--seed 7 --nodes 3"
	@$(BIN)/python -m deploy.chaos $(ARGS)

fuzz: setup ## A hundred times as many bad messages as every test run tries
	@$(BIN)/python -m pytest tests/shared/test_gate_fuzz.py -q --hypothesis-profile=long

contracts: setup ## Write the schemas and the AsyncAPI document in shared/contracts anew
	@$(BIN)/python -m deploy.contracts

secrets: setup ## Passwords and broker users for deploy/compose.yaml: make secrets MEMBERS="10002 10007"
	@$(BIN)/python -m deploy.compose_secrets $(MEMBERS)

lock: setup ## Resolve the dependencies anew into requirements.lock
	@$(BOOTSTRAP) --lock

clean: ## Remove the environment and everything the suite keeps here
	@rm -rf .venv .local build *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
