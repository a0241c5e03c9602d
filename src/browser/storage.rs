//! The browser's local storage, which may be full, switched off or forbidden.

use thiserror::Error;

/// Why something could not be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum StorageError {
    /// The browser gives this page no storage.
    #[error("this browser gives the page no storage")]
    Unavailable,
    /// The browser refused to store, usually because the quota is used up.
    #[error("the browser refused to store, its quota may be used up")]
    Refused,
}

fn local() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// What is stored under `key`, if anything.
pub fn read(key: &str) -> Option<String> {
    local()?.get_item(key).ok()?
}

/// Stores `value` under `key`.
///
/// # Errors
/// [`StorageError`] when nothing was stored; what was there before is still there.
pub fn write(key: &str, value: &str) -> Result<(), StorageError> {
    local()
        .ok_or(StorageError::Unavailable)?
        .set_item(key, value)
        .map_err(|_| StorageError::Refused)
}

/// Forgets what is stored under `key`.
pub fn remove(key: &str) {
    if let Some(storage) = local() {
        // Removing fails only where reading and writing do too.
        let _ = storage.remove_item(key);
    }
}
