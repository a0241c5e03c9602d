//! The only clock of the product: `performance.now()` and `Date.now()`, in a page or a worker.

use wasm_bindgen::prelude::*;

use crate::time::{Instant, Now, UnixMillis};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

/// The wall clock.
pub fn unix_millis() -> UnixMillis {
    // Whole milliseconds since 1970 are exact in an f64 until the year 287396.
    UnixMillis(js_sys::Date::now() as i64)
}

/// Both clocks at this moment.
pub fn now() -> Now {
    let micros = (performance_now() * 1000.0).max(0.0) as u64;
    Now {
        instant: Instant::from_micros(micros),
        unix: unix_millis(),
    }
}

/// How far this browser's time zone is ahead of UTC now, in minutes.
pub fn utc_offset_minutes() -> i32 {
    // The browser counts the other way round, in whole minutes.
    -(js_sys::Date::new_0().get_timezone_offset() as i32)
}
