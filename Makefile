# What a person types and what CI runs. `make` alone lists it.
#
# Everything that is needed beyond Rust, Python 3.9+ and Node 20 goes into the checkout:
# .venv (Python), .venv-vendor (the vendor's client, for comparison), node_modules, .tools.

PYTHON ?= python3
# The binding crates are built once, optimized, for tests, demo and packages alike.
PROFILE ?= release

BIN := $(if $(filter Windows_NT,$(OS)),Scripts,bin)
VENV := .venv
PY := $(VENV)/$(BIN)/python
STAMPS := .tools/stamps
CHROMIUM := $(CURDIR)/.tools/chromium/chromium

# A browser of one's own choice wins over the checkout's.
ifndef LIGHTCONE_CHROMIUM
ifneq ($(wildcard $(CHROMIUM)),)
export LIGHTCONE_CHROMIUM := $(CHROMIUM)
endif
endif
# Loopback is never reached through a proxy.
export NO_PROXY := 127.0.0.1,localhost,::1
export no_proxy := $(NO_PROXY)

say = @printf '\n\033[1m==> %s\033[0m\n' "$(1)"

.DEFAULT_GOAL := help
.PHONY: help setup tools build demo test test-rust test-python test-node test-compat test-packaging lint gen gen-check bench wheel npm clean

help: ## List what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: tools build ## Install what is needed into the checkout and build both native modules

tools: $(STAMPS)/python $(STAMPS)/vendor $(STAMPS)/node
	$(call say,A Chromium for the agent)
	@scripts/setup-chromium

$(STAMPS)/python: pyproject.toml
	$(call say,Python environment in $(VENV))
	@mkdir -p $(STAMPS)
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(PY) scripts/dev_requirements.py pyproject.toml | $(PY) -m pip install --disable-pip-version-check --progress-bar on --requirement /dev/stdin
	@touch $@

$(STAMPS)/vendor:
	$(call say,The vendor's released Python client in .venv-vendor$(,) to compare with)
	@mkdir -p $(STAMPS)
	$(PYTHON) -m venv .venv-vendor
	.venv-vendor/$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on 'tzafon==2.44.1'
	@touch $@

$(STAMPS)/node: package-lock.json
	$(call say,Node packages in node_modules)
	@mkdir -p $(STAMPS)
	npm ci --no-audit --no-fund
	@touch $@
