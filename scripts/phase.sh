#!/bin/sh
# Runs one phase of a recipe under a heading, and says how long it took.
#
#   scripts/phase.sh NAME COMMAND [ARGUMENT...]
set -eu

name=$1
shift
printf '\n==> %s\n' "$name"
started=$(date +%s)
if "$@"; then
    printf '==> %s: ok, %s s\n' "$name" "$(($(date +%s) - started))"
else
    status=$?
    printf '==> %s: FAILED (exit %s), %s s\n' "$name" "$status" "$(($(date +%s) - started))" >&2
    exit "$status"
fi
