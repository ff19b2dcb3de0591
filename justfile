# The entry to everything a maintainer does. `just` alone lists it.

default:
    @just --list

# What the README promises.
test:
    cargo test --workspace

# The whole gate, as CI runs it.
ci:
    bash .ci/run

lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --all-features -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --all-features

# Figures for docs/performance.md.
bench:
    cargo bench -p plimsoll-benches

# Every interleaving of the counts and the slab window.
loom:
    CARGO_TARGET_DIR=target/loom RUSTFLAGS="--cfg loom" cargo test -p plimsoll --lib --release model

# The unsafe core under AddressSanitizer, on the stable compiler.
asan:
    CARGO_TARGET_DIR=target/asan RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zsanitizer=address" cargo test -p plimsoll --lib --tests --all-features --target x86_64-unknown-linux-gnu

# What threads share, under ThreadSanitizer. It wants the standard library built with it, which takes a nightly and its source,
# installed into a home of its own. It does not understand fences, so the counts use a load instead.
tsan:
    #!/usr/bin/env bash
    set -euo pipefail
    export RUSTUP_HOME="${TSAN_RUSTUP_HOME:-$HOME/.rustup-tsan}" CARGO_TARGET_DIR=target/tsan PLIMSOLL_SOAK_SECONDS=20
    export RUSTFLAGS="-Zsanitizer=thread --cfg plimsoll_tsan"
    rustup toolchain install nightly --profile minimal --component rust-src --no-self-update
    cargo +nightly test -Zbuild-std --target "$(rustc +nightly --print host-tuple)" -p plimsoll --no-fail-fast --lib --test soak \
      --test chunks --test budget --test shared_threads --test shared_wait --test shared_handles --test short_threads \
      --test audit_concurrent --test owners --test frozen_model

# What is read before it was written, what is never freed: the models under valgrind's memcheck. What is still reachable at the end
# is no leak: sites and records are kept for ever.
valgrind:
    CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER="valgrind -q --fair-sched=yes --error-exitcode=9 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite" \
      cargo test -p plimsoll --lib --test buffer_model --test frozen_model --test reader_model --test shared_model \
      --test pool_rules --test chunks --test budget --test owners

# Eight threads, random handles, a load line of 256 MiB, ten minutes.
soak seconds="600":
    PLIMSOLL_SOAK_SECONDS={{seconds}} cargo test --release -p plimsoll --test soak -- --nocapture

# The fuzz targets from their seeds, so many seconds each, on the stable compiler. What breaks is in fuzz/artifacts.
fuzz seconds="60":
    bash fuzz/run {{seconds}}

# Node's answers, recorded again. Needs the reference: `npm install node@25.8.1`, first on the PATH.
record:
    node examples/record.js

# Miri, Stacked Borrows and then Tree Borrows. Needs a nightly beside the toolchain, which is installed into a home of its own.
# Takes most of an hour.
miri:
    #!/usr/bin/env bash
    set -euo pipefail
    export RUSTUP_HOME="${MIRI_RUSTUP_HOME:-$HOME/.rustup-miri}" CARGO_TARGET_DIR=target/miri
    rustup toolchain install nightly --profile minimal --component miri,rust-src --no-self-update
    cargo +nightly miri test -p plimsoll --lib --test buffer_model --test frozen_model --test reader_model \
      --test pool_rules --test chunks --test parcel --test resizable --test owners --test audit --test audit_detail \
      --test audit_concurrent --test short_threads --test typed --test numbers --test budget --test shared_handles
    MIRIFLAGS=-Zmiri-tree-borrows cargo +nightly miri test -p plimsoll --lib --test buffer_model --test frozen_model --test reader_model \
      --test chunks --test parcel --test resizable
