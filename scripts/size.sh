#!/bin/sh
# Sizes of the files of a built page in bytes: raw, gzip -9, brotli -q 11, and their sums.
#
#   scripts/size.sh FOLDER
set -eu

cd "$1"
if command -v brotli >/dev/null 2>&1; then
    brotli_size() { brotli -q 11 -c "$1" | wc -c; }
elif command -v node >/dev/null 2>&1; then
    brotli_size() {
        node -e 'process.stdout.write(String(require("zlib").brotliCompressSync(
            require("fs").readFileSync(process.argv[1])).length))' "$1"
    }
else
    brotli_size() { echo 0; }
fi

find . -type f | sort | while read -r file; do
    echo "$(wc -c <"$file") $(gzip -9 -c "$file" | wc -c) $(brotli_size "$file") ${file#./}"
done | awk '
    BEGIN { row = "%10s %10s %10s  %s\n"; printf row, "raw", "gzip", "brotli", "file" }
    { printf row, $1, $2, $3, $4; raw += $1; gzip += $2; brotli += $3 }
    END { printf row, raw, gzip, brotli, "total" }'
