//! The clipboard, for writing only.

/// Puts `text` on the clipboard. The browser may refuse without telling, for example when the
/// page is not focused; there is nothing the caller could do about it.
pub fn write_text(text: &str) {
    if let Some(window) = web_sys::window() {
        // Dropping the promise is fine: the write goes on without it.
        drop(window.navigator().clipboard().write_text(text));
    }
}
