#!/bin/sh
# Part of Trunk's hook after a build: puts the page's style sheets into one file, in their order. One
# request instead of many, before which nothing is drawn, and fewer bytes when compressed.
set -eu

cd "$TRUNK_STAGING_DIR"
names=$(sed -n 's|.*<link rel="stylesheet" href="\./\([^"]*\)".*|\1|p' index.html)
# Unquoted: one name each.
cat $names >styles.css
rm $names
if command -v sha256sum >/dev/null 2>&1; then
    sum=$(sha256sum <styles.css)
else
    sum=$(shasum -a 256 <styles.css)
fi
name="styles-$(printf '%.16s' "$sum").css"
mv styles.css "$name"
awk -v link="    <link rel=\"stylesheet\" href=\"./$name\" />" '
    /<link rel="stylesheet"/ { if (!done) print link; done = 1; next }
    /^ *$/ { next }
    { print }' index.html >index.html.new
mv index.html.new index.html
