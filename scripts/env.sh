# Sourced from the repository's root by every recipe of the Makefile: the one place that decides
# which compiler, which tools and which browser are used. It installs nothing; setup.sh does.
#
#   . scripts/env.sh

# Tools live outside the checkout, so that the next clone finds them.
DEVICE_CONSOLE_TOOLS=${DEVICE_CONSOLE_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/device-console}
export DEVICE_CONSOLE_TOOLS

# Versions. wasm-bindgen's tool must equal the crate to the last digit; binaryen's is Trunk's.
TRUNK_VERSION=0.21.14
WASM_BINDGEN_VERSION=$(sed -n 's/^wasm-bindgen = "=\(.*\)"$/\1/p' Cargo.toml)
WEBSOCAT_VERSION=1.14.1
CARGO_FUZZ_VERSION=0.13.2
BINARYEN_VERSION=$(sed -n 's/^wasm_opt = "version_\(.*\)"$/\1/p' Trunk.toml)
AXE_VERSION=4.14.1

PATH="$DEVICE_CONSOLE_TOOLS/trunk-$TRUNK_VERSION/bin:$PATH"
PATH="$DEVICE_CONSOLE_TOOLS/wasm-bindgen-$WASM_BINDGEN_VERSION/bin:$PATH"
PATH="$DEVICE_CONSOLE_TOOLS/cargo-fuzz-$CARGO_FUZZ_VERSION/bin:$PATH"
PATH="$DEVICE_CONSOLE_TOOLS/binaryen-$BINARYEN_VERSION/node_modules/.bin:$PATH"
PATH="$DEVICE_CONSOLE_TOOLS/websocat-$WEBSOCAT_VERSION/bin:$PATH"
# Mosquitto's server is in an sbin on Debian and with Homebrew, Debian's ChromeDriver may be too.
PATH="$PATH:/usr/local/sbin:/usr/sbin:/opt/homebrew/bin:/opt/homebrew/sbin:/usr/lib/chromium"
export PATH

# Whether the chosen compiler has a standard library for WebAssembly.
has_wasm32() {
    wasm32_libdir=$(rustc --print target-libdir --target wasm32-unknown-unknown 2>/dev/null) &&
        ls "$wasm32_libdir"/libstd-*.rlib >/dev/null 2>&1
}

# The default toolchain, unless it has no wasm32 and the one that setup.sh made from Debian's
# packages has.
if [ -z "${RUSTUP_TOOLCHAIN:-}" ] && command -v rustup >/dev/null 2>&1 && ! has_wasm32; then
    if (RUSTUP_TOOLCHAIN=debian && export RUSTUP_TOOLCHAIN && has_wasm32); then
        export RUSTUP_TOOLCHAIN=debian
    fi
fi

# The first of these commands or paths that can be run.
first_of() {
    for candidate; do
        if command -v "$candidate" >/dev/null 2>&1; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

browsers="$DEVICE_CONSOLE_TOOLS/browsers"
if [ -z "${CHROME:-}" ]; then
    CHROME=$(first_of "$browsers"/chrome/*/chrome-*/chrome \
        "$browsers"/chrome/*/chrome-*/*.app/Contents/MacOS/* \
        chromium chromium-browser google-chrome-stable google-chrome chrome \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
        "/Applications/Chromium.app/Contents/MacOS/Chromium") || CHROME=
fi
if [ -z "${CHROMEDRIVER:-}" ]; then
    CHROMEDRIVER=$(first_of "$browsers"/chromedriver/*/chromedriver-*/chromedriver \
        chromedriver) || CHROMEDRIVER=
fi
export CHROME CHROMEDRIVER

# The accessibility checker that the end-to-end tests run in the page.
export AXE="$DEVICE_CONSOLE_TOOLS/axe-core-$AXE_VERSION/node_modules/axe-core/axe.min.js"

# Browser unit tests: `cargo test --target wasm32-unknown-unknown` hands its binary to this. The
# capabilities are webdriver.json with the path of the browser that was found.
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner
export WASM_BINDGEN_TEST_WEBDRIVER_JSON="$DEVICE_CONSOLE_TOOLS/webdriver.json"
# A headless browser on a busy machine takes longer than the runner's 20 seconds to start.
export WASM_BINDGEN_TEST_TIMEOUT="${WASM_BINDGEN_TEST_TIMEOUT:-120}"
