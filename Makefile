# One verb a job, the same here and in CI. `make` alone lists them.
#
#   PYTHON=…  the Python to make .venv with (3.11 or newer)     VENV=…  another place for it
#   SERVE=0   `make demo` stops after building                  IMAGES=dir  `make demo` takes your own pictures
#   WORKERS=0 tests one after the other (else one file a core)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh
VENV ?= .venv
BIN := $(VENV)/bin
# Files whole: what a file's tests share is made once. In the order of collection: the longest are first.
# Builds write thousands of small files and wait for the disk each time: in memory, where there is room, a third less.
ROOMY := $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 8000000 {print $$6}')
PYTEST = scratch=$$(mktemp -d $(ROOMY:%=-p %)) && trap 'rm -rf "$$scratch"' EXIT INT TERM && \
  $(BIN)/pytest --basetemp="$$scratch/tests" -n $(WORKERS) --dist loadfile --no-loadscope-reorder
SERVE ?= 1
PORT ?= 8000
IMAGES ?=
METADATA ?=
PYTEST_ARGS ?=
WORKERS ?= logical
VIEWER_SOURCES := $(shell find viewer_template -name node_modules -prune -o -type f -print 2>/dev/null)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
NODE := $(BIN)/python hatch_build.py
FAILED := echo "make: installing failed, and the lines above say why; most often no package index can be reached: check the network and the proxy. An installation that was interrupted: remove $(VENV) and begin again." >&2; exit 1

.PHONY: help install develop demo viewer viewer-checks format lint types contracts unit browser packaging \
  browser-install test cluster-test soak bench docs licences screenshots audit sbom clean distclean

help: ## List the verbs
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' Makefile

# ---- installing -----------------------------------------------------------------------------------------------

$(BIN)/python:
	@found=; for p in $(or $(PYTHON),python3 python3.13 python3.12 python3.11 python3.14 python); do \
	  if "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then found=$$p; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "make: clipplot needs Python 3.11 or newer, and $(if $(PYTHON),$(PYTHON) is not one,there is none on the PATH): install it, or name another as in 'make demo PYTHON=/usr/local/bin/python3.12'." >&2; \
	  exit 1; \
	fi; \
	echo "Making $(VENV) with $$("$$found" --version) …"; \
	if ! "$$found" -m venv $(VENV) >$(VENV).log 2>&1; then \
	  echo "make: $$found could not make a virtual environment: $$(tail -n 1 $(VENV).log) (on Debian and Ubuntu, 'apt install python3-venv' adds what is missing)." >&2; \
	  rm -rf $(VENV) $(VENV).log; exit 1; \
	fi; rm -f $(VENV).log

$(VENV)/.installed: pyproject.toml hatch_build.py $(VIEWER_SOURCES) | $(BIN)/python
	@echo "Installing clipplot (some minutes the first time) …"
	@$(PIP) install -e . || { $(FAILED); }
	@touch $@

# The tools without PyTorch, then with it: who works on the viewer or on wording need not fetch gigabytes.
$(VENV)/.tools: pyproject.toml | $(BIN)/python
	@echo "Installing clipplot with its tools for development …"
	@$(PIP) install -e '.[dev]' || { $(FAILED); }
	@need=$$($(NODE) requires) && if [ -n "$$need" ]; then $(PIP) install "$$need"; fi
	@touch $(VENV)/.installed $@

$(VENV)/.developed: pyproject.toml | $(BIN)/python
	@echo "Installing clipplot with its tools for development, and PyTorch (long the first time) …"
	@$(PIP) install -e '.[dev,clip]' || { $(FAILED); }
	@need=$$($(NODE) requires) && if [ -n "$$need" ]; then $(PIP) install "$$need"; fi
	@touch $(VENV)/.installed $(VENV)/.tools $@

install: $(VENV)/.installed ## Make .venv and install clipplot into it

develop: $(VENV)/.developed ## Install what developing and testing need, PyTorch included

# ---- looking --------------------------------------------------------------------------------------------------

demo: $(VENV)/.installed ## Draw a sample collection, build its map and serve it (SERVE=0, IMAGES=dir, PORT=8000)
	@set -e; mkdir -p demo; \
	if [ -n "$(IMAGES)" ]; then \
	  $(BIN)/clipplot build "$(IMAGES)" $(if $(METADATA),--metadata "$(METADATA)") \
	    --embedder descriptor --project demo --out demo/site; \
	else \
	  [ -f demo/pictures/metadata.csv ] || $(BIN)/clipplot sample demo/pictures; \
	  $(BIN)/clipplot build demo/pictures/images --metadata demo/pictures/metadata.csv \
	    --embedder descriptor --title "The sample collection" --project demo --out demo/site; \
	fi; \
	if [ "$(SERVE)" = 0 ]; then echo "Look at it: $(BIN)/clipplot serve demo/site"; \
	else exec $(BIN)/clipplot serve demo/site --port $(PORT); fi

viewer: $(VENV)/.tools ## Build the viewer, where its sources changed
	@$(NODE) build

# ---- checking -------------------------------------------------------------------------------------------------

format: $(VENV)/.tools ## Bring the Python code into shape
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format --quiet .

lint: $(VENV)/.tools ## ruff: rules and shape of the Python code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.developed ## mypy, strict: the package and the benchmarks
	$(BIN)/mypy

contracts: $(VENV)/.tools ## import-linter: who may import whom (pytest asks it, too)
	$(BIN)/lint-imports --no-logo

viewer-checks: $(VENV)/.tools ## eslint, svelte-check and vitest of the viewer
	$(NODE) npm run lint
	$(NODE) npm run check
	$(NODE) npm test

unit: $(VENV)/.developed ## pytest of the rooms, each by itself: under two minutes
	@$(NODE) build
	$(PYTEST) -m "not pipeline and not slow and not browser and not network" $(PYTEST_ARGS)

browser-install: $(VENV)/.tools
	@$(BIN)/python tests/browser/chromium.py

browser: $(VENV)/.developed browser-install ## pytest in a real Chromium
	@$(NODE) build
	$(PYTEST) -m browser $(PYTEST_ARGS)

packaging: $(VENV)/.tools ## Build wheel and sdist, install them in an empty environment, and use them
	$(BIN)/pytest tests/packaging $(PYTEST_ARGS)

pytest: $(VENV)/.developed browser-install
	@$(NODE) build
	$(PYTEST) -m "not cluster and not soak" $(PYTEST_ARGS)
.PHONY: pytest

test: $(VENV)/.developed lint types viewer-checks pytest ## Everything: what CI runs

cluster-test: $(VENV)/.developed ## PostgreSQL, S3 and two Ray nodes on this machine; one node is killed (PostgreSQL on the PATH)
	@$(PIP) install -e '.[ray]' || { $(FAILED); }
	@$(NODE) build
	$(BIN)/pytest -m cluster tests/fleet $(PYTEST_ARGS)

soak: $(VENV)/.developed ## Builds that are killed wherever they stand, on storage that fails; many minutes
	@$(NODE) build
	$(BIN)/pytest -m soak tests/fleet $(PYTEST_ARGS)

# ---- writing --------------------------------------------------------------------------------------------------

docs: $(VENV)/.tools ## Build the documentation into build/docs, warnings as errors
	$(BIN)/python docs/generate.py --check
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "Look at it: build/docs/index.html"

licences: $(VENV)/.tools ## Write docs/licences.md anew, after dependencies changed
	$(BIN)/python docs/licences.py

screenshots: $(VENV)/.tools browser-install ## Take the pictures of the documentation anew, in a real browser
	@$(MAKE) --no-print-directory demo SERVE=0
	$(BIN)/python docs/screenshot.py demo/site

# These two ask public databases, and bring tools into an environment of their own.
build/audit/bin/python: | $(BIN)/python
	@$(BIN)/python -m venv build/audit && build/audit/bin/python -m pip --quiet install "pip-audit>=2.7,<3" "cyclonedx-bom>=5,<8"

audit: $(VENV)/.developed build/audit/bin/python ## Ask for known weaknesses in what clipplot depends on (network)
	build/audit/bin/pip-audit --path "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" --skip-editable
	$(NODE) npm audit

sbom: $(VENV)/.installed build/audit/bin/python ## Write the list of all dependencies: build/sbom-*.json (CycloneDX)
	build/audit/bin/cyclonedx-py environment $(BIN)/python --output-file build/sbom-python.json
	$(NODE) npm sbom --package-lock-only --sbom-format=cyclonedx > build/sbom-viewer.json

bench: $(VENV)/.developed browser-install ## Measure anew what stands in docs/benchmarks.md (ONLY=word: a part), with PICTURES= and METADATA= of one's own
	$(BIN)/python benchmarks/report.py $(ONLY) $(if $(PICTURES),--pictures $(PICTURES) --metadata $(METADATA))

# ---- tidying --------------------------------------------------------------------------------------------------

clean: ## Remove what is built and cached; keep .venv and the demo's pictures
	rm -f $(VENV)/.installed $(VENV)/.tools $(VENV)/.developed
	rm -rf dist build demo/site demo/.clipplot demo/clipplot.toml clipplot_pipeline/viewer .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache test-results
	find . -name node_modules -prune -o -name .venv -prune -o -name __pycache__ -type d -print | xargs rm -rf

distclean: clean ## Remove .venv, node_modules and the demo, too
	rm -rf $(VENV) viewer_template/node_modules demo
