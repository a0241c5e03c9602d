//! The page: mounts the user interface and nothing else.

fn main() {
    #[cfg(target_arch = "wasm32")]
    device_console::ui::mount();
    #[cfg(not(target_arch = "wasm32"))]
    eprintln!("the console is a web page: `make serve` builds and serves it");
}
