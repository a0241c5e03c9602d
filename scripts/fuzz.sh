#!/bin/sh
# Fuzzes, for as long as asked, and says how many executions that were.
#
#   scripts/fuzz.sh SECONDS [TARGET]    every target of fuzz/ for so long, or that one
#
# It needs a nightly compiler, and installs cargo-fuzz outside the checkout when it is missing. What
# is found new is kept in fuzz/corpus, what crashes in fuzz/artifacts; neither is committed. Without
# a fuzzer, `cargo test fuzz_seeds` runs the same checks over the seeds.
set -eu

cd "$(dirname "$0")/.."
. scripts/env.sh

seconds=${1:-60}
only=${2:-}
case $seconds in
'' | *[!0-9]*)
    echo "fuzz: not a number of seconds: $seconds" >&2
    exit 2
    ;;
esac

if ! RUSTUP_TOOLCHAIN=nightly rustc --version >/dev/null 2>&1; then
    echo "fuzz: a nightly compiler is missing: rustup toolchain install nightly" >&2
    exit 1
fi
if ! [ -x "$DEVICE_CONSOLE_TOOLS/cargo-fuzz-$CARGO_FUZZ_VERSION/bin/cargo-fuzz" ]; then
    echo "fuzz: installing cargo-fuzz $CARGO_FUZZ_VERSION (about 1 min)"
    # Not from within the checkout, whose settings are not meant for the tool.
    mkdir -p "$DEVICE_CONSOLE_TOOLS"
    (
        cd "$DEVICE_CONSOLE_TOOLS" && unset RUSTUP_TOOLCHAIN CARGO_BUILD_TARGET RUSTFLAGS &&
            CARGO_TARGET_DIR="$DEVICE_CONSOLE_TOOLS/build-cargo-fuzz" cargo install --quiet --locked \
                --root "$DEVICE_CONSOLE_TOOLS/cargo-fuzz-$CARGO_FUZZ_VERSION" \
                --version "=$CARGO_FUZZ_VERSION" cargo-fuzz
    )
    rm -rf "$DEVICE_CONSOLE_TOOLS/build-cargo-fuzz"
fi

RUSTUP_TOOLCHAIN=nightly
export RUSTUP_TOOLCHAIN
targets=$(cargo fuzz list)
if [ -n "$only" ]; then
    echo "$targets" | grep -qx "$only" || {
        echo "fuzz: no target $only; there are:" $targets >&2
        exit 2
    }
    targets=$only
fi

mkdir -p fuzz/artifacts
for target in $targets; do
    case $target in
    framer) seeds=fuzz/seeds/streams ;;
    decode | dissect | reencode) seeds=fuzz/seeds/frames ;;
    *) seeds=fuzz/seeds/$target ;;
    esac
    log="fuzz/artifacts/$target.log"
    mkdir -p "fuzz/corpus/$target"
    printf '==> fuzz %s, %s s\n' "$target" "$seconds"
    if ! cargo fuzz run "$target" "fuzz/corpus/$target" "$seeds" -- \
        "-max_total_time=$seconds" -print_final_stats=1 >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        echo "==> fuzz $target: FAILED; the whole log is $log" >&2
        exit 1
    fi
    sed -n 's/^Done \([0-9]*\) runs in \([0-9]*\) second.*/==> fuzz '"$target"': \1 executions in \2 s, no crash/p' "$log"
done
