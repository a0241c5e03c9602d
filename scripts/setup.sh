#!/bin/sh
# Installs what is missing, says what and how long that usually takes; nothing when all is there.
#
#   scripts/setup.sh build    what `make serve` needs: wasm32, trunk, wasm-bindgen, wasm-opt
#   scripts/setup.sh test     the same, and clippy, rustfmt, a browser, Mosquitto, tshark, websocat, axe
#
# Nothing is assumed of the machine: rustup's own way is tried first, then Debian's packages, then
# Homebrew; where none works, the last words say what to install by hand.
set -eu

cd "$(dirname "$0")/.."
. scripts/env.sh

purpose=${1:-build}
case $purpose in
build | test) ;;
*)
    echo "usage: scripts/setup.sh build|test" >&2
    exit 2
    ;;
esac

have() { command -v "$1" >/dev/null 2>&1; }

by_hand() {
    printf 'setup: %s\n' "$@" >&2
    exit 1
}

# announce WHAT HOW-LONG LOG COMMAND...: runs the command with its output in a log, and shows the
# end of the log if it fails.
announce() {
    what=$1
    log="$DEVICE_CONSOLE_TOOLS/log/$3.log"
    printf 'setup: installing %s (%s)\n' "$what" "$2"
    shift 3
    mkdir -p "$DEVICE_CONSOLE_TOOLS/log"
    started=$(date +%s)
    if "$@" >"$log" 2>&1; then
        printf 'setup: %s installed, %s s\n' "$what" "$(($(date +%s) - started))"
    else
        tail -n 15 "$log" >&2
        printf 'setup: installing %s failed; the whole log is %s\n' "$what" "$log" >&2
        return 1
    fi
}

# Runs a command as root: as it is, through sudo, or not at all.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif have sudo && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
        sudo "$@"
    else
        echo "neither root nor sudo" >&2
        return 1
    fi
}

# Ends a command that hangs, where the machine has timeout(1).
within() {
    if have timeout; then
        timeout "$@"
    else
        shift
        "$@"
    fi
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update &&
        as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install --yes --no-install-recommends "$@"
}

apt_knows() { have apt-cache && [ -n "$(apt-cache madison "$1" 2>/dev/null)" ]; }

# ---- Rust and wasm32 -------------------------------------------------------------------------

have cargo || by_hand "Rust is missing: install it from https://rustup.rs"
have cc || have gcc || have clang ||
    by_hand "a C linker is missing: apt install build-essential, or xcode-select --install"

rustup_target() {
    # Where the target cannot be had, rustup may hang instead of failing.
    RUSTUP_MAX_RETRIES=1 within 120 rustup target add wasm32-unknown-unknown && has_wasm32
}

# Debian 12 packages a whole compiler with the WebAssembly backend and the standard library's
# source, but no wasm32 standard library: build that from the source, once, with that compiler.
debian_wasm32() {
    apt_install rustc-web cargo-web rust-web-src rust-web-llvm rust-web-clippy || return 1
    # rust-lld is a link into an LLVM package which is only recommended.
    linker=$(readlink /usr/bin/rust-lld) || return 1
    have "$linker" || apt_install "$linker" || return 1

    build="$DEVICE_CONSOLE_TOOLS/build-std"
    rm -rf "$build"
    mkdir -p "$build/src"
    printf '[package]\nname = "empty"\nedition = "2021"\n[workspace]\n' >"$build/Cargo.toml"
    : >"$build/src/lib.rs"
    # embed-bitcode: without it a later LTO build stops with "can't find section .llvmbc".
    # test in the list: without it wasm-bindgen-test cannot link.
    (
        cd "$build" && unset RUSTUP_TOOLCHAIN CARGO_BUILD_TARGET &&
            PATH="/usr/bin:$PATH" RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes \
                CARGO_TARGET_DIR="$build/target" /usr/bin/cargo build --release \
                --target wasm32-unknown-unknown \
                -Z build-std=std,panic_abort,panic_unwind,test,proc_macro
    ) || return 1

    # Into a folder of another name first: an interrupted copy must not look like a whole one.
    libraries=$(dirname "$(rustc_debian --print target-libdir --target wasm32-unknown-unknown)")
    as_root rm -rf "$libraries.new" "$libraries" &&
        as_root mkdir -p "$libraries.new/lib" &&
        rm -f "$build"/target/wasm32-unknown-unknown/release/deps/libempty-* &&
        as_root cp "$build"/target/wasm32-unknown-unknown/release/deps/lib*.rlib \
            "$libraries.new/lib/" &&
        as_root mv "$libraries.new" "$libraries" &&
        rm -rf "$build" || return 1
    if have rustup; then
        rustup toolchain link debian /usr
    fi
}

rustc_debian() { (unset RUSTUP_TOOLCHAIN && /usr/bin/rustc "$@"); }

if ! has_wasm32; then
    if have rustup && announce "the wasm32 target with rustup" "about 10 s; given up after 2 min" \
        rustup-target rustup_target; then
        :
    elif apt_knows rustc-web; then
        echo "setup: rustup cannot fetch the target; taking Debian's compiler instead"
        announce "Debian's Rust compiler and a wasm32 standard library" "about 2 min" \
            debian-wasm32 debian_wasm32 || by_hand \
            "as root: apt install rustc-web cargo-web rust-web-src rust-web-llvm rust-web-clippy" \
            "and run make again"
        unset RUSTUP_TOOLCHAIN
        . scripts/env.sh
        has_wasm32 || by_hand "the wasm32 standard library was built, but $(rustc -V) lacks it"
    else
        by_hand "the wasm32 target is missing: rustup target add wasm32-unknown-unknown"
    fi
fi

# ---- Tools of the build ----------------------------------------------------------------------

# install_tool CRATE VERSION FOLDER [--locked]. Not from within the checkout, whose settings are not
# meant for the tool, and with the default toolchain.
install_tool() {
    crate=$1 version=$2 folder=$3
    shift 3
    (
        cd "$DEVICE_CONSOLE_TOOLS" && unset RUSTUP_TOOLCHAIN CARGO_BUILD_TARGET RUSTFLAGS &&
            CARGO_TARGET_DIR="$DEVICE_CONSOLE_TOOLS/build-$folder" cargo install "$@" \
                --root "$DEVICE_CONSOLE_TOOLS/$folder" --version "=$version" "$crate"
    ) && rm -rf "$DEVICE_CONSOLE_TOOLS/build-$folder"
}

mkdir -p "$DEVICE_CONSOLE_TOOLS"

is_version() { case $("$1" --version 2>/dev/null) in *" $2" | *" $2 "*) true ;; *) false ;; esac; }

is_version trunk "$TRUNK_VERSION" ||
    announce "trunk $TRUNK_VERSION with cargo" "about 7 min on 2 cores" trunk \
        install_tool trunk "$TRUNK_VERSION" "trunk-$TRUNK_VERSION" --locked ||
    by_hand "install trunk $TRUNK_VERSION by hand: https://trunkrs.dev/#install"

# Without --locked: its lock file names a version that not every registry has.
is_version wasm-bindgen "$WASM_BINDGEN_VERSION" ||
    announce "wasm-bindgen $WASM_BINDGEN_VERSION with cargo" "about 2 min on 2 cores" \
        wasm-bindgen install_tool wasm-bindgen-cli "$WASM_BINDGEN_VERSION" \
        "wasm-bindgen-$WASM_BINDGEN_VERSION" ||
    by_hand "install it by hand: cargo install wasm-bindgen-cli --version $WASM_BINDGEN_VERSION"

if ! is_version wasm-opt "$BINARYEN_VERSION"; then
    have npm || by_hand \
        "wasm-opt $BINARYEN_VERSION is missing, and npm to install it with: install Node.js," \
        "or put wasm-opt on PATH from https://github.com/WebAssembly/binaryen/releases"
    announce "wasm-opt $BINARYEN_VERSION with npm" "about 10 s" binaryen \
        npm install --no-save --no-audit --no-fund \
        --prefix "$DEVICE_CONSOLE_TOOLS/binaryen-$BINARYEN_VERSION" \
        "binaryen@$BINARYEN_VERSION.0.0" ||
        by_hand "put wasm-opt $BINARYEN_VERSION on PATH:" \
            "https://github.com/WebAssembly/binaryen/releases"
fi

[ "$purpose" = test ] || exit 0

# ---- What the tests need ---------------------------------------------------------------------

if ! cargo clippy --version >/dev/null 2>&1; then
    announce "clippy with rustup" "about 10 s" clippy within 120 rustup component add clippy ||
        { apt_knows rust-web-clippy && announce "clippy" "about 10 s" clippy \
            apt_install rust-web-clippy; } ||
        by_hand "clippy is missing: rustup component add clippy"
fi
if ! scripts/fmt.sh --version >/dev/null 2>&1; then
    announce "rustfmt with rustup" "about 10 s" rustfmt within 120 rustup component add rustfmt ||
        by_hand "rustfmt is missing: rustup component add rustfmt"
fi

# The relay that the README and the page recommend: the tests run it.
is_version websocat "$WEBSOCAT_VERSION" ||
    announce "websocat $WEBSOCAT_VERSION with cargo" "about 1 min on 2 cores" websocat \
        install_tool websocat "$WEBSOCAT_VERSION" "websocat-$WEBSOCAT_VERSION" --locked ||
    by_hand "install it by hand: cargo install --locked websocat --version $WEBSOCAT_VERSION"

if [ ! -f "$AXE" ]; then
    have npm || by_hand "axe-core $AXE_VERSION is missing, and npm to install it with:" \
        "install Node.js"
    announce "axe-core $AXE_VERSION with npm" "about 5 s" axe-core \
        npm install --no-save --no-audit --no-fund \
        --prefix "$DEVICE_CONSOLE_TOOLS/axe-core-$AXE_VERSION" "axe-core@$AXE_VERSION" ||
        by_hand "npm could not install axe-core@$AXE_VERSION"
fi

# Collected first, so that one run of apt brings all of them.
missing=
have mosquitto || missing="$missing mosquitto"
have mosquitto_pub || missing="$missing mosquitto-clients"
have tshark || missing="$missing tshark"
if { [ -z "$CHROME" ] || [ -z "$CHROMEDRIVER" ]; } && apt_knows chromium-driver; then
    # Browser and driver from one source have one version.
    missing="$missing chromium chromium-driver"
fi
if [ -n "$missing" ]; then
    if have apt-get; then
        # shellcheck disable=SC2086
        announce "$(echo $missing) with apt" "about 1 min" apt apt_install $missing ||
            by_hand "as root: apt install$missing"
    elif have brew; then
        formulae=$(echo "$missing" | sed -e 's/mosquitto-clients/mosquitto/;s/tshark/wireshark/')
        # shellcheck disable=SC2086
        announce "$(echo $formulae) with Homebrew" "a few minutes" brew brew install $formulae ||
            by_hand "brew install$formulae"
    else
        by_hand "missing, and neither apt nor Homebrew to install them with:$missing"
    fi
fi

major() { "$1" --version 2>/dev/null | sed -n 's/[^0-9]*\([0-9][0-9]*\)\..*/\1/p'; }

# A browser and a driver of its version from the makers of Chrome, where the distribution has none.
browsers_from_npm() {
    cd "$DEVICE_CONSOLE_TOOLS" &&
        npx --yes @puppeteer/browsers install chrome@stable --path "$browsers" &&
        npx --yes @puppeteer/browsers install chromedriver@stable --path "$browsers"
}

. scripts/env.sh
if [ -z "$CHROME" ] || [ -z "$CHROMEDRIVER" ] ||
    [ "$(major "$CHROME")" != "$(major "$CHROMEDRIVER")" ]; then
    unset CHROME CHROMEDRIVER
    have npx && announce "Chrome and ChromeDriver with npm" "about 1 min" browsers \
        browsers_from_npm || by_hand "install Chromium (or Chrome) and the ChromeDriver of its" \
        "version, or name them: CHROME=… CHROMEDRIVER=… make test"
    . scripts/env.sh
fi

# webdriver.json says how the browser is run; where it is differs from machine to machine.
sed "s|\"goog:chromeOptions\": {|&\"binary\": \"$CHROME\",|" webdriver.json \
    >"$WASM_BINDGEN_TEST_WEBDRIVER_JSON"
