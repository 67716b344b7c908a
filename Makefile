# Everything a contributor or a merchant's engineer runs; `make` lists it.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench docs clean

VENV := .venv
RUN := $(VENV)/bin
INSTALLED := $(VENV)/installed.stamp
KAFKA := $(VENV)/kafka.stamp
BROWSER := $(VENV)/browser.stamp
SOURCES := pipeline agents dashboard schemas scripts tests bench
ARGS ?=

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(INSTALLED) $(KAFKA) ## install everything into .venv (needs Python 3.11 to 3.13 and a network)

demo: $(INSTALLED) ## start the whole system with a simulated day; Ctrl-C stops it
	@$(RUN)/python -m pipeline up $(ARGS); code=$$?; [ $$code -eq 130 ] || exit $$code

# Four processes, since connected tests mostly wait. Whole files, so that what a file shares starts once; the long ones
# first (tests/conftest.py). CONTRIBUTING.md says what that asks of memory and of tests.
test: setup $(BROWSER) ## run every test; ARGS="-k words" chooses
	$(RUN)/pytest -n 4 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(INSTALLED) ## lint, types, import rules and the fast tests
	$(RUN)/ruff check $(SOURCES)
	$(RUN)/ruff format --check $(SOURCES)
	$(RUN)/mypy
	$(RUN)/lint-imports --config importlinter.ini
	$(RUN)/pytest -n logical --dist loadfile -m "not connected and not screen" $(ARGS)

bench: setup ## compare throughput and latency with other stream processors; ARGS=--json
	$(RUN)/python -m bench $(ARGS)

docs: $(INSTALLED) ## list what is documented, and fail if a page is missing
	@test -f docs/operations.md && ls docs/*.md docs/adr/*.md

clean: ## remove what the other targets installed (the data in .certainty stays)
	rm -rf .venv .tools .venv-bench

$(INSTALLED): requirements.lock pyproject.toml scripts/setup.sh scripts/find_python.sh
	@sh scripts/setup.sh
	@touch $@

$(KAFKA): $(INSTALLED) pipeline/embedded/kafka.sha256
	@$(RUN)/python scripts/fetch_kafka.py
	@touch $@

$(BROWSER): $(INSTALLED)
	@$(RUN)/python scripts/install_browser.py
	@touch $@
