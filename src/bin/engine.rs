//! The engine's worker: starts the host and nothing else.

fn main() {
    #[cfg(target_arch = "wasm32")]
    device_console::browser::engine_host::run();
    #[cfg(not(target_arch = "wasm32"))]
    eprintln!("the engine is a Web Worker: build the page with `make dist`");
}
