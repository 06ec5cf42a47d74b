# Every target sets up its own environment; Python 3.11 or newer is all it needs. `make PYTHON=python3.12 run` picks one.
PYTHON ?= python3
VENV ?= .venv
MINUTES ?= 10
BIN := $(VENV)/bin
ON_POSTGRES := conversation_e2e edition feedback handover home leaving reminders workspaces

.DEFAULT_GOAL := help
.PHONY: help run test test-postgres quick explore mutants check bench soak wording faults graph questions rules prices schema transcript understanding screenshot \
  gallery manifest-http clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 15

run: $(VENV)/.run ## start the bot: a browser page without tokens, Slack with them
	@$(BIN)/python -m bot

test: $(VENV)/.dev ## run the whole test suite
	@$(BIN)/python -m pytest -n auto --dist worksteal

test-postgres: $(VENV)/.dev ## run what people do once more, with a PostgreSQL server of its own in the place of the file
	@$(BIN)/python -m tests.bot.postgres -n auto $(addprefix tests/bot/test_,$(addsuffix .py,$(ON_POSTGRES)))

explore: $(VENV)/.dev ## run the property tests with fresh seeds, for MINUTES=10; what they find becomes a case
	@end=$$(( $$(date +%s) + 60 * $(MINUTES) )); rounds=0; \
	while [ $$(date +%s) -lt $$end ]; do \
	  $(BIN)/python -m pytest -q -n auto --dist worksteal -m hypothesis --hypothesis-profile=explore \
	    --timeout=0 -p no:cacheprovider tests/advisor || exit 1; \
	  rounds=$$((rounds + 1)); \
	done; echo "$$rounds rounds in $(MINUTES) minutes, nothing found"

quick: $(VENV)/.dev ## run the tests of the core and of the words, in under a minute
	@$(BIN)/python -m pytest -q -n auto --dist worksteal -m "not slow and not hypothesis" tests/advisor tests/test_words.py \
	  tests/test_imports.py tests/test_witnesses.py

mutants: $(VENV)/.dev ## change the core a little, a few thousand times, and print what no test notices (hours; FILES=advisor/roi.py)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group mutants
	@$(BIN)/python -m tests.mutants $(FILES)

check: $(VENV)/.dev ## lint, check the format and the types, and that no sentence holds a number of its own
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q -p no:xdist tests/test_figures.py -k of_its_own

bench: $(VENV)/.dev ## measure against a no-op and write docs/speed.md; QUICK=1 only prints (wants two idle cores)
	@$(BIN)/python -m tests.benchmarks.bench $(if $(QUICK),--quick)

soak: $(VENV)/.dev ## play kills, hostile hands, any order and a long life for MINUTES=10, and count what went wrong
	@$(BIN)/python -m tests.soak $(MINUTES) $(SOAK)

wording: $(VENV)/.dev ## print how well the check on a model's words holds
	@$(BIN)/python -m tests.wording

faults: $(VENV)/.dev ## play every journey with every fault of Slack and write docs/reliability.md
	@$(BIN)/python docs/build_reliability.py

graph: $(VENV)/.dev ## print which module imports which, as a mermaid diagram
	@$(BIN)/python docs/build_graph.py

questions: $(VENV)/.run ## write docs/questions.md and docs/departures.md anew from the rules
	@$(BIN)/python docs/build_questions.py

prices: $(VENV)/.run ## compare the prices of models that we ship with litellm's table, which pip fetches
	@$(BIN)/pip download -q --no-deps --dest $(VENV)/litellm litellm
	@$(BIN)/python docs/compare_prices.py $$(ls -t $(VENV)/litellm/*.whl | head -1)

rules: $(VENV)/.run ## write docs/rules.md anew from the rules
	@$(BIN)/python docs/build_rules.py

schema: $(VENV)/.run ## write tests/slack/types.json anew from @slack/types (needs Node and npm)
	@$(BIN)/python docs/build_slack_schema.py

transcript: $(VENV)/.run ## have the conversation of docs/using.md again and write it there
	@$(BIN)/python docs/build_transcript.py

understanding: $(VENV)/.dev ## judge the sealed half of what people type, once, and write docs/understanding.md
	@$(BIN)/python -m tests.understanding.report

screenshot: $(VENV)/.dev ## take the README's pictures anew (needs Chromium)
	@$(BIN)/python docs/build_screenshot.py

gallery: $(VENV)/.dev ## photograph every card, dialog and page into build/gallery (needs Chromium)
	@$(BIN)/python docs/build_gallery.py

manifest-http: ## print the manifest for HTTP mode at URL=https://advisor.example.com; MANY=yes: for many workspaces
	@$(PYTHON) deploy/manifest_http.py $(URL) $(if $(MANY),--many)

clean: ## remove the environment and what the tools left
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks dist build

$(VENV)/.run: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; try make PYTHON=python3.12 run"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up $(VENV) (once)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	@touch $@
