#!/usr/bin/env bash
# tools/try_new_step.sh TARGET: begins a step that reads and one that writes in a copy of the tree, and runs what holds for
# every step. The copy and what is built of it stay in TARGET/new-step, so that a second run is quicker.
set -euo pipefail
cd "$(dirname "$0")/.."

target=$(realpath -m "$1")
copy=$target/new-step/tree
rm -rf "$copy"
mkdir -p "$copy"
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents --target-directory="$copy" --
(
    cd "$copy"
    git init --quiet # the tests of the tree ask git what is in it
    "$target/debug/local" new-step get-contact --route "GET /api/contact" --says "Tells a signed-in member whom to ask."
    "$target/debug/local" new-step end-visit --route "POST /api/visits/end" --says "Ends the visit of a signed-in member."
    git add --all
    cargo fmt --all
    export CARGO_TARGET_DIR=$copy/target
    mkdir -p "$target/new-step/target" && ln -s "$target/new-step/target" target
    cargo build --workspace
    WRITE_REFERENCE=1 cargo test --workspace --test conformance -- reference:: limits:: odds::
    cargo test --workspace --test conformance
    cargo test --workspace --test journeys -- bad_input faults fault_pairs subjects ended meanwhile audit campaigns get_contact end_visit
)
