#!/bin/sh
# Part of Trunk's hook after a build: splits both programs into what their start needs and the rest
# (tools/split, static/parts.js), and makes all of them small. The lists of what the start needs are
# scripts/start/*.txt; `make start-lists` makes them anew. A list that is out of date costs time and
# bytes and breaks nothing.
#
# Splitting needs the linker's relocations: without them, as in a quick build, each program stays as
# it is, in one part and not made small, which would take longer than compiling it.
set -eu

target=${CARGO_TARGET_DIR:-target}
split="$target/split/debug/split"
if [ -n "${DEVICE_CONSOLE_SPLIT:-}" ]; then
    # The tool runs here, whatever the page is built for.
    env -u CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS CARGO_TARGET_DIR="$target/split" \
        cargo build --quiet --locked --manifest-path tools/split/Cargo.toml
fi

# finish NAME PROFILE FILE: FILE is what wasm-bindgen made, NAME_bg.wasm or with a hash in it.
finish() {
    rest="${3%_bg.wasm}_rest.wasm"
    if [ -z "${DEVICE_CONSOLE_SPLIT:-}" ]; then
        return
    fi
    linked="$target/wasm32-unknown-unknown/$2/$1.wasm"
    if [ "$DEVICE_CONSOLE_SPLIT" = watch ]; then
        "$split" watch "$3" "$3.watched" "${3%.wasm}.txt"
        mv "$3.watched" "$3"
        return
    fi
    "$split" in-two "$3" "$linked" "scripts/start/$1.txt" "$3.first" "$rest.whole" \
        "${3%_bg.wasm}.js"
    wasm-opt -Oz "$3.first" -o "$3" &
    wasm-opt -Oz "$rest.whole" -o "$rest"
    wait $!
    rm "$3.first" "$rest.whole"
}

staged=$TRUNK_STAGING_DIR
finish engine engine "$staged/engine/engine_bg.wasm"
page=$(echo "$staged"/console-*_bg.wasm)
finish console page "$page"

# The page's files are named after their content, which is another now, and so are the requests for
# the scripts that keep their names (`pattern_script` in Trunk.toml).
old=${page##*/console-}
old=${old%_bg.wasm}
cd "$staged"
if command -v sha256sum >/dev/null 2>&1; then
    new=$(cat console-* parts.js start.js | sha256sum)
else
    new=$(cat console-* parts.js start.js | shasum -a 256)
fi
new=$(printf '%.16s' "$new")
for file in console-"$old"*; do
    mv "$file" "console-$new${file#console-"$old"}"
done
sed "s/$old/$new/g" index.html >index.html.new
mv index.html.new index.html
