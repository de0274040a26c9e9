# The maintainers' commands by name. Nothing needs just: each recipe can be typed as well.

[private]
default:
    @just --list --unsorted

# What must pass before a change lands
ci:
    bash .ci/run

# All tests, or those whose name contains a word: just test device_group
test *words:
    cargo test -- {{ words }}

# Formatting and lints, and the build without the emulator
lint:
    cargo fmt --all --check
    cargo clippy --all-targets -- -D warnings
    cargo clippy --package xtask --all-targets -- -D warnings
    cargo check --no-default-features

# As lint, for Windows: compiled, not run
lint-windows:
    cargo clippy --target x86_64-pc-windows-gnu --all-targets -- -D warnings

# The manual, the protocol's types and the messages written anew: the diff is what users will see change
rewrite:
    INSTA_UPDATE=always UPDATE=1 cargo test --test it -- codegen manual schemas wrong_input

# The whole tutorial on an emulated tenant: just demo --keep
demo *arguments:
    cargo run -- demo {{ arguments }}

# Everything that can go wrong at every request of every resource; leaves tables in target/faults
faults:
    FAULT_SWEEP=target/faults cargo test --test it a_wrong_answer

# The provider killed at every request of an apply, where the tests try six moments
kill-everywhere:
    EVERY_MOMENT=1 cargo test --test it a_killed_provider

# What works with every version of Terraform, and what with newer ones only
terraforms:
    TERRAFORMS=$(tests/terraforms/install) cargo test --test it -- product::terraforms

# Microsoft's own sign-in libraries against the emulator
clients:
    cargo build
    tests/clients/run

# One of benches/, or all: just bench values
bench name="*":
    cargo bench --bench '{{ name }}'

# Random bytes for a decoder until stopped; needs cargo-fuzz and a nightly Rust
fuzz target="msgpack_decode":
    cargo +nightly fuzz run {{ target }}

# Linux's package of a release, tried as a user would; needs Python for zig
package:
    .ci/dist x86_64-unknown-linux-musl
    .ci/try-package

# Packages of one commit built in two folders, compared byte for byte
reproduce target="x86_64-unknown-linux-musl":
    .ci/reproduce {{ target }}

# Licences, sources and advisories of dependencies; needs cargo-deny
deny:
    cargo deny check
