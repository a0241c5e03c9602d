#!/bin/sh
# Trunk's hook after a build: splits the programs, joins the style sheets, and puts the worker's
# files, whose names Trunk leaves alone, into a folder named after their content, and tells the page.
# A browser's cached old engine then never meets a new page.
set -eu

scripts/split.sh
scripts/join-styles.sh

cd "$TRUNK_STAGING_DIR"

if command -v sha256sum >/dev/null 2>&1; then
    sum=$(cat engine/* | sha256sum)
else
    sum=$(cat engine/* | shasum -a 256)
fi
version=$(printf '%.16s' "$sum")
mv engine "engine-$version"
sed "s|\./engine/engine_loader\.js|./engine-$version/engine_loader.js|" index.html >index.html.new
mv index.html.new index.html
grep -q "engine-$version/engine_loader.js" index.html || {
    echo "index.html has no engine-url to write the engine's version into" >&2
    exit 1
}
