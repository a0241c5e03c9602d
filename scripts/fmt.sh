#!/bin/sh
# cargo fmt with whichever installed toolchain has it: a compiler from the distribution's packages
# comes without rustfmt.
#
#   scripts/fmt.sh [arguments of cargo fmt]
set -eu

if cargo fmt --version >/dev/null 2>&1; then
    exec cargo fmt "$@"
fi
if command -v rustup >/dev/null 2>&1; then
    for toolchain in stable $(rustup toolchain list | sed 's/ .*//'); do
        if RUSTUP_TOOLCHAIN=$toolchain cargo fmt --version >/dev/null 2>&1; then
            export RUSTUP_TOOLCHAIN="$toolchain"
            exec cargo fmt "$@"
        fi
    done
fi
echo "rustfmt is missing: rustup component add rustfmt" >&2
exit 1
