# The one entry for commands. `make help` lists them; CONTRIBUTING.md says when to use which.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:
.PHONY: help setup serve dist size check fmt clippy doc test test-native test-browser e2e \
	start-lists screenshots chaos soak hidden-tab fuzz bench bench-ui clean

# Every recipe runs under the toolchain and with the tools that scripts/env.sh chooses.
ENV := . scripts/env.sh &&
PHASE := scripts/phase.sh
WASM := --target wasm32-unknown-unknown
PORT ?= 8080

help: ## List the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 24

setup: ## Install what the build and the tests need; nothing if all is there
	@scripts/setup.sh test

serve: dist ## Build the release page and serve it on http://127.0.0.1:8080/ (PORT=… for another)
	@$(ENV) exec cargo run --quiet --locked --features serve --bin serve -- \
		dist --port $(PORT)

dist: dist/index.html ## Build the release page, if its sources changed: a plain static folder, dist/

# Folders are among the sources, since a folder is newer once a file in it is gone. Trunk writes
# index.html last.
PAGE_SOURCES := $(shell find Cargo.toml Cargo.lock Trunk.toml index.html .cargo src style static \
	scripts/env.sh scripts/version-engine.sh scripts/split.sh scripts/join-styles.sh scripts/start tools/split)
# Where dependencies lie on this machine is no business of the page's. The compiler's options are
# parted at spaces, so a folder with one in its name is left out.
CRATES = $$(for crates in "$${CARGO_HOME:-$$HOME/.cargo}"/registry/src/*; do \
	case "$$crates" in (*\ *) ;; (*) printf ' --remap-path-prefix=%s=crates' "$$crates";; esac; done)
# To be split, a program needs its relocations and functions with names of their own.
SPLIT = CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="--cfg erase_components \
	-C symbol-mangling-version=v0 -C link-arg=--emit-relocs$(CRATES)" DEVICE_CONSOLE_SPLIT

dist/index.html: $(PAGE_SOURCES)
	@scripts/setup.sh build
	@$(ENV) cargo fetch --locked --quiet $(WASM) && \
		$(PHASE) "release page" env $(SPLIT)=yes trunk build --log warn
	@touch $@

start-lists: ## Learn anew what the start of page and engine needs: scripts/start/, then `make dist`
	@scripts/setup.sh test
	@$(ENV) mkdir -p "$$DEVICE_CONSOLE_TOOLS/page-bench" && \
		cp benches/page/package.json "$$DEVICE_CONSOLE_TOOLS/page-bench/" && \
		npm install --silent --no-audit --no-fund --prefix "$$DEVICE_CONSOLE_TOOLS/page-bench" && \
		watched="$${CARGO_TARGET_DIR:-target}/watched" && \
		$(PHASE) "page that notes" env $(SPLIT)=watch trunk build --log warn --dist "$$watched" && \
		node benches/page/start_lists.mjs --dist="$$watched" --into=scripts/start \
			--npm="$$DEVICE_CONSOLE_TOOLS/page-bench/node_modules" && \
		rm -r "$$watched"

size: dist ## Sizes of the release page: raw, gzip, brotli
	@scripts/size.sh dist

check: ## Format, lints (native and wasm32) and documentation, warnings denied
	@scripts/setup.sh test
	@$(MAKE) --no-print-directory fmt clippy doc

fmt:
	@$(ENV) $(PHASE) "format" scripts/fmt.sh --check
	@$(ENV) $(PHASE) "format of the split" \
		scripts/fmt.sh --check --manifest-path tools/split/Cargo.toml

clippy:
	@$(ENV) $(PHASE) "clippy, native" \
		cargo clippy --locked --all-targets --all-features -- -D warnings
	@$(ENV) $(PHASE) "clippy, wasm32" \
		cargo clippy --locked $(WASM) --lib --bins --test web -- -D warnings
	@$(ENV) $(PHASE) "clippy of the split" \
		env CARGO_TARGET_DIR="$${CARGO_TARGET_DIR:-target}/split" cargo clippy --locked \
		--manifest-path tools/split/Cargo.toml --all-targets -- -D warnings

doc:
	@$(ENV) RUSTDOCFLAGS="-D warnings" $(PHASE) "documentation, native" \
		cargo doc --locked --quiet --no-deps --lib
	@$(ENV) RUSTDOCFLAGS="-D warnings" $(PHASE) "documentation, wasm32" \
		cargo doc --locked --quiet --no-deps --lib $(WASM)

test: ## Everything: check, native tests, browser unit tests, release page, end-to-end tests
	@scripts/setup.sh test
	@$(MAKE) --no-print-directory check test-native test-browser e2e
	@printf '\n==> all passed\n'

test-native: ## Native tests: every pure room, no browser
	@$(ENV) $(PHASE) "native tests" cargo test --locked --no-fail-fast
	@$(ENV) $(PHASE) "tests of the split" env CARGO_TARGET_DIR="$${CARGO_TARGET_DIR:-target}/split" \
		cargo test --locked --quiet --manifest-path tools/split/Cargo.toml

test-browser: ## Browser unit tests in headless Chromium
	@scripts/setup.sh test
	@$(ENV) $(PHASE) "browser unit tests" cargo test --locked $(WASM) --test web

e2e: dist ## End-to-end tests: the release page in headless Chromium, against real peers
	@scripts/setup.sh test
	@$(ENV) $(PHASE) "end-to-end tests" \
		cargo test --locked --features e2e --test e2e

chaos: dist ## Long: the broker killed and connections cut, CHAOS_KILLS=100 CHAOS_MESSAGES=2000
	@scripts/setup.sh test
	@$(ENV) $(PHASE) "chaos, page" env CHAOS_PAGE_KILLS=$(or $(CHAOS_PAGE_KILLS),10) \
		CHAOS_PAGE_MESSAGES=$(or $(CHAOS_PAGE_MESSAGES),100) \
		cargo test --locked --features e2e --test e2e chaos:: -- --nocapture
	@$(ENV) $(PHASE) "chaos" env CHAOS_KILLS=$(or $(CHAOS_KILLS),100) \
		CHAOS_MESSAGES=$(or $(CHAOS_MESSAGES),2000) \
		cargo test --locked --release --test chaos -- --nocapture

soak: dist ## Long: one session for SOAK_SECONDS=600, and one page with SOAK_PAGE_MESSAGES=1000000
	@scripts/setup.sh test
	@$(ENV) $(PHASE) "soak, page" env \
		SOAK_PAGE_MESSAGES=$(or $(SOAK_PAGE_MESSAGES),1000000) \
		cargo test --locked --features e2e --test e2e soak:: -- --nocapture
	@$(ENV) $(PHASE) "soak" env SOAK_SECONDS=$(or $(SOAK_SECONDS),600) \
		cargo test --locked --release --test soak -- --nocapture

hidden-tab: dist ## Long: a hidden page whose timers wake once a minute, HIDDEN_SECONDS=260
	@scripts/setup.sh test
	@$(ENV) $(PHASE) "hidden tab" env HIDDEN_SECONDS=$(or $(HIDDEN_SECONDS),260) \
		cargo test --locked --features e2e --test e2e hidden -- --nocapture

screenshots: dist ## Take the pictures of the page: docs/screenshots/
	@scripts/setup.sh test
	@$(ENV) $(PHASE) "screenshots" env SCREENSHOTS=docs/screenshots \
		cargo test --locked --features e2e --test e2e screenshots

fuzz: ## Fuzz each target for SECONDS=60, or TARGET=decode alone (needs a nightly compiler)
	@scripts/fuzz.sh "$(or $(SECONDS),60)" "$(TARGET)"

bench: ## The codec beside others, native and in the page: ROUNDS=9 MS=60 for each cell
	@scripts/setup.sh test
	@scripts/bench.sh

# The bench's npm packages live with the tools, outside the checkout.
bench-ui: dist ## Speed of the page beside bare pages, as ratios (ARGUMENTS="--only=flood …")
	@scripts/setup.sh test
	@$(ENV) mkdir -p "$$DEVICE_CONSOLE_TOOLS/page-bench" && \
		cp benches/page/package.json "$$DEVICE_CONSOLE_TOOLS/page-bench/" && \
		npm install --silent --no-audit --no-fund --prefix "$$DEVICE_CONSOLE_TOOLS/page-bench" && \
		node benches/page/run.mjs --dist=dist \
			--npm="$$DEVICE_CONSOLE_TOOLS/page-bench/node_modules" $(ARGUMENTS)

clean: ## Remove what was built in the checkout; the tools stay
	@$(ENV) cargo clean
	@rm -rf dist
