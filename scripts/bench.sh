#!/bin/sh
# Measures the codec beside others, natively and in a headless browser, and prints the ratios.
#
#   scripts/bench.sh [native|page]    both when nothing is said
#
# ROUNDS and MS set how often and how many milliseconds each cell is measured. The other codecs are
# dependencies of the bench alone: those in Rust of benches/codec, the one in JavaScript of
# benches/codec/page, which npm installs outside the checkout.
set -eu

cd "$(dirname "$0")/.."
. scripts/env.sh

which=${1:-all}
case $which in
all | native | page) ;;
*)
    echo "usage: scripts/bench.sh [native|page]" >&2
    exit 2
    ;;
esac
set -- --rounds "${ROUNDS:-9}" --ms "${MS:-60}"

root=$(pwd)
target=${CARGO_TARGET_DIR:-$root/target}/codec-bench
CARGO_TARGET_DIR=$target
export CARGO_TARGET_DIR
cd benches/codec
cargo build --quiet --locked --release --bins

if [ "$which" != page ]; then
    printf '\n==> codec, native\n\n'
    "$target/release/ratios" "$@"
fi
[ "$which" != native ] || exit 0

if ! command -v npm >/dev/null 2>&1; then
    echo "bench: npm is missing, which brings mqtt-packet for the page: install Node.js" >&2
    exit 1
fi
if [ -z "$CHROME" ]; then
    echo "bench: no browser was found: run make setup, or name one: CHROME=…" >&2
    exit 1
fi

# mqtt-packet and its bundler, once for each version of their lock file.
npm_folder="$DEVICE_CONSOLE_TOOLS/codec-bench-page"
if ! cmp -s page/package-lock.json "$npm_folder/package-lock.json"; then
    # Under another name first: an interrupted installation must not look like a whole one.
    rm -rf "$npm_folder" "$npm_folder.new"
    mkdir -p "$npm_folder.new"
    cp page/package.json page/package-lock.json "$npm_folder.new/"
    (cd "$npm_folder.new" && npm ci --no-audit --no-fund --silent)
    mv "$npm_folder.new" "$npm_folder"
fi

# For speed, as the peers would be built. The page's engine is built for size (profile `engine` in
# Cargo.toml), so its own rates are lower than these.
cargo build --quiet --locked --release --lib --target wasm32-unknown-unknown
page="$target/page"
rm -rf "$page"
mkdir -p "$page"
wasm-bindgen --target web --out-dir "$page" --out-name codec_bench \
    "$target/wasm32-unknown-unknown/release/codec_bench.wasm"
wasm-opt -O4 "$page/codec_bench_bg.wasm" -o "$page/codec_bench_bg.wasm"
cp page/index.html page/bench.js "$page/"
NODE_PATH="$npm_folder/node_modules" "$npm_folder/node_modules/.bin/esbuild" \
    page/mqtt_packet.js --bundle --minify --format=esm --platform=browser \
    --main-fields=browser,module,main --inject:page/globals.js \
    --define:global=globalThis '--define:process.env.NODE_ENV="production"' \
    --alias:stream=readable-stream --log-level=error --outfile="$page/mqtt_packet.js"

printf '\n==> codec, in the page (%s)\n\n' "$("$CHROME" --version 2>/dev/null || echo "$CHROME")"
"$target/release/page" "$page" "$@"
