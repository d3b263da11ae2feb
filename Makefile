# Everything that a developer, a tester or an operator does, as `make TARGET`. `make` alone lists the targets.
#
# `make run` and `make test` need a Rust toolchain, a C compiler and Python 3 with venv. Whatever else a target needs, it
# installs under TOOLS, at the versions pinned below and in tools/.

.DEFAULT_GOAL := help
# Cargo's lock lets one build run at a time anyway.
.NOTPARALLEL:

PYTHON ?= python3
CHROMIUM ?= /usr/bin/chromium
FIREFOX ?= /usr/bin/firefox-esr
WEBKIT_DRIVER ?= /usr/bin/WebKitWebDriver
TOOLS ?= .tools
TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)

# The instruction set that Lambda gets: arm64 as in production, or x86_64.
ARCH ?= arm64

# The steps of the journey: each is a function, a folder and a binary.
STEPS := $(notdir $(patsubst %/Cargo.toml,%,$(wildcard functions/*/Cargo.toml)))

# The tools' folders carry their version or a checksum of their pinned versions: another version is another folder, so
# that a folder that is there is the right one.
AWS := $(TOOLS)/aws-$(firstword $(shell cksum < tools/requirements-aws.txt))
LAMBDA := $(TOOLS)/lambda-$(firstword $(shell cksum < tools/requirements-lambda.txt))
CHECKOV := $(TOOLS)/checkov-$(firstword $(shell cksum < tools/requirements-checkov.txt))
RUFF := $(TOOLS)/ruff-$(firstword $(shell cksum < tools/requirements-ruff.txt))
SCHEMATHESIS := $(TOOLS)/schemathesis-$(firstword $(shell cksum < tools/requirements-schemathesis.txt))
OPENAPI := $(TOOLS)/openapi-$(firstword $(shell cksum < tools/requirements-openapi.txt))
NODE := $(TOOLS)/node-$(firstword $(shell cksum < tools/requirements-node.txt))/bin/node
CARGO_DENY := $(TOOLS)/cargo-deny-0.20.2
CARGO_MACHETE := $(TOOLS)/cargo-machete-0.9.2
CARGO_MUTANTS := $(TOOLS)/cargo-mutants-27.1.0
GECKODRIVER := $(TOOLS)/geckodriver-0.37.1

# The browser tests and what they are run with. Node finds packages beside the code only, so they are not under TOOLS.
BROWSER := tests/browser
MODULES := $(BROWSER)/node_modules
BIOME := $(NODE) $(MODULES)/@biomejs/biome/bin/biome

# SAM reports every call to its makers unless told not to.
export SAM_CLI_TELEMETRY := 0
# Read by the browser tests.
export CHROMIUM FIREFOX WEBKIT_DRIVER
# A test with a stack waits most of its time: for processes that start, and for answers that take their pace.
export RUST_TEST_THREADS ?= 8

# The site as it is deployed: its files below $(SITE)/files, and the list of them.
SITE := $(TARGET_DIR)/site-files
ASSEMBLED = @$(TARGET_DIR)/debug/site assemble $(SITE)

.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile

##@ Run and prove

.PHONY: run
run: need-rust ## Start the local stack: PORT=8080 DYNAMODB_PORT=8000 ARGS=--calls
	cargo build --workspace
	@exec $(TARGET_DIR)/debug/local run $(ARGS)

.PHONY: test
test: need-rust need-python need-chromium ## Build, run every test, also in a browser, validate the template and the API's description
	cargo build --workspace
	cargo test --workspace
	@$(MAKE) --no-print-directory site-test validate

.PHONY: site-test
site-test: need-rust need-chromium $(MODULES)/installed ## Check the pages' HTML, and run the browser tests: ARGS="--grep login"
	cargo build --workspace
	$(ASSEMBLED)
	$(NODE) $(MODULES)/html-validate/bin/html-validate.mjs --ext html,ibss $(SITE)/files/*.html $(SITE)/files/portal
	$(NODE) $(MODULES)/@playwright/test/cli.js test --config $(BROWSER) $(ARGS)

.PHONY: smoke-test
smoke-test: need-rust need-browsers $(MODULES)/installed $(GECKODRIVER)/bin/geckodriver ## Go a member's way in Firefox and WebKit: ARGS="--project firefox"
	cargo build --workspace
	GECKODRIVER=$(abspath $(GECKODRIVER))/bin/geckodriver \
	  $(NODE) $(MODULES)/@playwright/test/cli.js test --config $(BROWSER)/smoke/smoke.config.js $(ARGS)

.PHONY: validate
validate: $(AWS)/installed $(OPENAPI)/installed ## Check template.yaml with cfn-lint and SAM, and docs/openapi.yaml
	$(AWS)/bin/cfn-lint
	$(AWS)/bin/sam validate --lint
	$(OPENAPI)/bin/openapi-spec-validator docs/openapi.yaml

##@ Sample events

.PHONY: events
events: need-rust ## Write every sample event whole into .events/, for sam and cargo-lambda
	cargo build --workspace
	@$(TARGET_DIR)/debug/local events --write .events

##@ Write

.PHONY: fmt
fmt: need-rust $(MODULES)/installed $(RUFF)/installed ## Format the code
	cargo fmt --all
	$(RUFF)/bin/ruff format --quiet
	$(BIOME) check --write --linter-enabled=false --log-level=warn

.PHONY: lint
lint: need-rust need-python $(MODULES)/installed $(RUFF)/installed ## Check the format, the code, its documentation and its dependencies
	cargo fmt --all --check
	$(BIOME) check --error-on-warnings
	$(PYTHON) shared/domain/src/password/common.py --check
	$(RUFF)/bin/ruff check --quiet
	$(RUFF)/bin/ruff format --quiet --check
	cd tools && $(PYTHON) -m unittest --buffer
	$(PYTHON) tools/capacity.py check
	$(PYTHON) tools/figures.py --check docs/cost.md docs/capacity.md
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps
	@$(MAKE) --no-print-directory deps checkov

.PHONY: checkov
checkov: $(CHECKOV)/installed ## Look for weaknesses in the templates
	$(CHECKOV)/bin/checkov --config-file .checkov.yaml

.PHONY: deps
deps: $(CARGO_DENY)/bin/cargo-deny $(CARGO_MACHETE)/bin/cargo-machete ## Check the dependencies: licences, bans, sources, and that each is used
	$(CARGO_DENY)/bin/cargo-deny check --hide-inclusion-graph licenses bans sources
	$(CARGO_MACHETE)/bin/cargo-machete --with-metadata functions infra shared tests

.PHONY: advisories
advisories: $(CARGO_DENY)/bin/cargo-deny ## Check the dependencies for known vulnerabilities (needs GitHub)
	@echo "RustSec's list comes from GitHub. Where GitHub cannot be reached this fails, and says nothing about the product."
	$(CARGO_DENY)/bin/cargo-deny check advisories

.PHONY: timing
timing: need-rust ## Measure whether times tell who has an account: ARGS="200 20" logins and resets of each kind
	cargo build --workspace --examples
	$(TARGET_DIR)/debug/examples/timing $(ARGS)

.PHONY: mutants
mutants: need-rust ## Distort each function's calls, one at a time, and say which test notices: ARGS="login logout" functions, --again, --list
	cargo build --workspace
	cargo build --workspace --examples
	$(TARGET_DIR)/debug/examples/mutants $(ARGS)

.PHONY: code-mutants
code-mutants: need-rust $(CARGO_MUTANTS)/bin/cargo-mutants ## Change the rules' code, one place at a time: SINCE=main only what has changed, ARGS="--shard 0/8"
	@$(if $(SINCE),git diff $(SINCE) > $(TARGET_DIR)/since.diff)
	CARGO_PROFILE_DEV_DEBUG=0 PROPTEST_CASES=64 $(CARGO_MUTANTS)/bin/cargo-mutants mutants --no-shuffle --output $(TARGET_DIR) $(if $(SINCE),--in-diff $(TARGET_DIR)/since.diff) $(ARGS)

# How many journeys a soak has, and how many cases each property of a parser.
JOURNEYS ?= 2000
CASES ?= 20000

.PHONY: soak
soak: build ## Drive journeys through a stack that fails and is killed: JOURNEYS=2000 ARGS="--seed 7 --folder DIR --again"
	cargo build --release --package local
	cargo build --workspace --examples
	$(TARGET_DIR)/debug/examples/soak $(TARGET_DIR)/release $(JOURNEYS) $(ARGS)

.PHONY: soak-short
soak-short: need-rust ## The same for 200 journeys, with the tests' binaries and the day as seed
	cargo build --workspace
	cargo build --workspace --examples
	$(TARGET_DIR)/debug/examples/soak $(TARGET_DIR)/debug 200 --folder $(TARGET_DIR)/soak-short --again

.PHONY: fuzz
fuzz: need-rust ## Give parsers and edges what nobody sends, at length: CASES=20000 of each property
	export PROPTEST_CASES=$(CASES) PROPTEST_RNG_SEED=$(or $(SEED),$$(date +%s)) && \
	echo "SEED=$$PROPTEST_RNG_SEED draws the same cases again" && \
	cargo test --workspace --lib --bins fuzz && \
	cargo test --workspace --test properties

.PHONY: fuzz-api
fuzz-api: need-rust need-python $(SCHEMATHESIS)/installed ## Try the API by its description with schemathesis: ARGS="--max-examples 200 --seed 7"
	cargo build --workspace
	$(PYTHON) tools/fuzz_api.py $(SCHEMATHESIS)/bin/schemathesis $(TARGET_DIR)/debug/local $(TARGET_DIR)/debug $(ARGS)

.PHONY: bench-import
bench-import: need-rust ## Measure imports of large rosters, their memory, and what an interruption costs: ARGS="50000 500000" rows
	cargo build --workspace
	cargo build --workspace --examples
	cargo build --release --package operator
	$(TARGET_DIR)/debug/examples/import $(TARGET_DIR)/release/operator $(ARGS)

.PHONY: try-new-step
try-new-step: need-rust ## Begin two steps in a copy of the tree, build it and run the tests that hold for every step
	cargo build --workspace
	tools/try_new_step.sh $(TARGET_DIR)

##@ Count and foresee

.PHONY: measure
measure: build need-python need-chromium $(MODULES)/installed ## Measure what each step costs, into tools/measured.json
	cargo build --workspace
	$(ASSEMBLED)
	$(PYTHON) tools/cost.py measure $(TARGET_DIR)/debug/local $(TARGET_DIR)/release --node $(NODE)
	@$(MAKE) --no-print-directory figures

.PHONY: reference
reference: need-rust ## Write docs/steps.md, limits.md and odds.md from the code
	cargo build --workspace
	WRITE_REFERENCE=1 cargo test --workspace --test conformance -- reference:: limits:: odds::

.PHONY: known-passwords
known-passwords: need-rust need-python $(NODE) ## Make the set of known passwords anew, from what others have published
	{ $(PYTHON) tools/published_passwords.py $(dir $(NODE))npm && cat shared/domain/src/password/common.txt; } \
	  | cargo run --quiet -p domain --example known_passwords -- shared/domain/src/password/common.filter

.PHONY: figures
figures: need-python ## Put the figures of tools/cost.py and tools/capacity.py into docs/cost.md and docs/capacity.md
	$(PYTHON) tools/figures.py docs/cost.md docs/capacity.md

##@ Look at the site

.PHONY: screenshots
screenshots: need-rust need-chromium $(MODULES)/installed ## Take the README's pictures of the seven steps
	cargo build --workspace
	@$(NODE) $(BROWSER)/screenshots.js $(ARGS)

.PHONY: contact-sheets
contact-sheets: ## Put the pictures of every state on sheets, target/browser/contact-sheets: ARGS="login.spec.js"
	rm -rf $(TARGET_DIR)/browser/looks
	LOOKS=keep $(MAKE) --no-print-directory site-test ARGS="--project=phone $(ARGS)"; failed=$$?; \
	  $(NODE) $(BROWSER)/contact-sheets.js && exit $$failed

.PHONY: lighthouse
lighthouse: need-rust need-chromium $(MODULES)/installed ## Score the pages with Lighthouse: ARGS="/portal/"
	cargo build --workspace
	@$(NODE) $(BROWSER)/lighthouse.js $(ARGS)

.PHONY: weights
weights: need-rust need-chromium $(MODULES)/installed ## Print what the first visit of each page transfers: ARGS="/portal/"
	cargo build --workspace
	@$(NODE) $(BROWSER)/weights.js $(ARGS)

.PHONY: journey-speed
journey-speed: need-rust need-chromium $(MODULES)/installed ## Measure how long a member waits on a slow phone: ARGS="before ." names checkouts, REQUESTS=1 lists all
	cargo build --workspace
	@$(NODE) $(BROWSER)/speed.js $(ARGS)

##@ Build and deploy

.PHONY: build
build: need-rust ## Build the functions as they are released, for this machine
	cargo build --release $(STEPS:%=--package=%)

.PHONY: sizes
sizes: build need-python ## Print the size of each released binary and of its zip
	@$(PYTHON) tools/sizes.py $(TARGET_DIR)/release $(STEPS)

.PHONY: cold-start
cold-start: build need-python ## Count the instructions from each function's start to its first answer
	cargo build --workspace
	@$(PYTHON) tools/cold_start.py $(TARGET_DIR)/debug/local $(TARGET_DIR)/release $(STEPS)

.PHONY: hash-speed
hash-speed: build need-python ## Hold the released functions that hash to the speed of argon2 alone, on x86-64: ARGS="--members 30"
	cargo build --package local
	cargo build --profile hash-speed --package domain --example argon2
	@$(PYTHON) tools/hash_speed.py $(TARGET_DIR)/debug/local $(TARGET_DIR)/release $(TARGET_DIR)/hash-speed/examples/argon2 $(ARGS)

.PHONY: site
site: need-rust ## Assemble the site's files, as they are deployed, into target/site-files
	cargo build --package site
	$(ASSEMBLED)

.PHONY: site-paths
site-paths: need-rust ## Write the paths of the site into the distribution's function in template.yaml
	cargo build --package site
	@$(TARGET_DIR)/debug/site paths

.PHONY: sam-build
sam-build: need-rust $(AWS)/installed $(LAMBDA)/installed ## Build for Lambda: ARCH=arm64 or ARCH=x86_64
	PATH="$(abspath $(LAMBDA)/bin):$$PATH" $(AWS)/bin/sam build --parameter-overrides Architecture=$(ARCH)

# For the targets below: what tools/deploy.py is told of what make was told.
DEPLOY = $(AWS)/bin/python tools/deploy.py --site $(SITE) --assembler $(TARGET_DIR)/debug/site

.PHONY: deploy
deploy: need-stage sam-build site ## Build and deploy a stage of samconfig.toml: STAGE=test ARCH=arm64 ARGS=--dry-run
	$(DEPLOY) stack $(STAGE) --sam $(abspath $(AWS))/bin/sam --arch $(ARCH) $(ARGS)

.PHONY: deploy-site
deploy-site: need-stage site $(AWS)/installed ## Deploy the site's files of a stage alone: STAGE=test ARGS=--dry-run
	@$(DEPLOY) site $(STAGE) $(ARGS)

.PHONY: destroy
destroy: need-stage $(AWS)/installed ## Delete a stage that is a trial, and its data: STAGE=test ARGS=--dry-run
	@$(DEPLOY) destroy $(STAGE) $(if $(CONFIRM),--confirm $(CONFIRM)) $(ARGS)

.PHONY: clean
clean: ## Remove what was built, but for the tools
	cargo clean
	rm -rf .aws-sam .events

# --- What the targets need ----------------------------------------------------------------------------------------------

.PHONY: need-stage
need-stage:
	@test -n "$(STAGE)" || { echo "give STAGE=..., a stage of samconfig.toml, such as test" >&2; exit 1; }

.PHONY: need-rust need-python need-chromium need-browsers
need-rust need-python need-chromium need-browsers: need-%:
	@PYTHON=$(PYTHON) tools/need $*

$(AWS)/installed: | need-python
	@PYTHON=$(PYTHON) tools/install-python $(@D) tools/requirements-aws.txt

$(LAMBDA)/installed: | need-python
	@PYTHON=$(PYTHON) tools/install-python $(@D) tools/requirements-lambda.txt

$(CHECKOV)/installed: | need-python
	@PYTHON=$(PYTHON) tools/install-python $(@D) tools/requirements-checkov.txt

$(RUFF)/installed: | need-python
	@PYTHON=$(PYTHON) tools/install-python $(@D) tools/requirements-ruff.txt

$(OPENAPI)/installed: | need-python
	@PYTHON=$(PYTHON) tools/install-python $(@D) tools/requirements-openapi.txt

$(SCHEMATHESIS)/installed: | need-python
	@PYTHON=$(PYTHON) tools/install-python $(@D) tools/requirements-schemathesis.txt

$(NODE): | need-python
	@PYTHON=$(PYTHON) tools/install-node $(patsubst %/bin/node,%,$@) tools/requirements-node.txt

$(MODULES)/installed: $(BROWSER)/package-lock.json | $(NODE)
	@tools/install-npm $(NODE) $(BROWSER)

$(CARGO_DENY)/bin/cargo-deny $(CARGO_MACHETE)/bin/cargo-machete $(CARGO_MUTANTS)/bin/cargo-mutants $(GECKODRIVER)/bin/geckodriver: | need-rust
	@tools/install-crate $(patsubst %/,%,$(dir $(@D)))
