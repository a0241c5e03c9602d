//! Numbers, times and dates as the reader's locale writes them: the browser's `Intl`.

use std::cell::OnceCell;

use js_sys::{Array, Function, Intl, JsString, Object, Reflect};
use wasm_bindgen::prelude::*;

use crate::time::UnixMillis;

/// Formats with no digit, one or two behind the decimal sign.
const DECIMALS: usize = 3;
/// Formats with more.
const FINER: usize = 4;

struct Formats {
    whole: Function,
    decimals: [Function; DECIMALS],
    time: Function,
    date: Function,
}

thread_local! {
    // Making one costs more than using it a hundred times.
    static FORMATS: Formats = Formats::new();
    // Few values have so many digits, and none at the page's start: each is made when it is asked for.
    static FINER_FORMATS: [OnceCell<Function>; FINER] =
        const { [const { OnceCell::new() }; FINER] };
}

impl Formats {
    fn new() -> Self {
        // No tag means the browser's own locale. Digits are those of bytes and topics beside them.
        let number = |digits: usize| {
            let digits = JsValue::from_f64(digits as f64);
            let format = Intl::NumberFormat::new(
                &Array::new(),
                &options(&[
                    ("numberingSystem", "latn".into()),
                    ("minimumFractionDigits", digits.clone()),
                    ("maximumFractionDigits", digits),
                ]),
            );
            format.format()
        };
        let moment = |parts: &[(&str, JsValue)]| {
            Intl::DateTimeFormat::new(&Array::new(), &options(parts)).format()
        };
        Self {
            whole: number(0),
            decimals: core::array::from_fn(number),
            // A log is read by its digits: 24 hours everywhere, with the locale's own signs.
            time: moment(&[
                ("numberingSystem", "latn".into()),
                ("hourCycle", "h23".into()),
                ("hour", "2-digit".into()),
                ("minute", "2-digit".into()),
                ("second", "2-digit".into()),
                ("fractionalSecondDigits", 3.into()),
            ]),
            date: moment(&[
                ("numberingSystem", "latn".into()),
                ("year", "numeric".into()),
                ("month", "2-digit".into()),
                ("day", "2-digit".into()),
            ]),
        }
    }
}

fn options(parts: &[(&str, JsValue)]) -> Object {
    let options = Object::new();
    for (name, value) in parts {
        // A plain object takes any property.
        let _ = Reflect::set(&options, &JsValue::from_str(name), value);
    }
    options
}

fn with_digits(digits: usize) -> Function {
    let digits = JsValue::from_f64(digits as f64);
    let options = options(&[
        ("numberingSystem", "latn".into()),
        ("minimumFractionDigits", digits.clone()),
        ("maximumFractionDigits", digits),
    ]);
    Intl::NumberFormat::new(&Array::new(), &options).format()
}

fn written(format: &Function, value: &JsValue) -> Option<String> {
    let text = format.call1(&JsValue::UNDEFINED, value).ok()?;
    text.dyn_into::<JsString>().ok().map(String::from)
}

/// A whole number with its thousands apart, such as `48,310`, `48.310` or `48 310`. `None` where
/// the browser does not say.
pub fn whole(number: u64) -> Option<String> {
    FORMATS.with(|formats| written(&formats.whole, &JsValue::from_f64(number as f64)))
}

/// A number with so many digits behind the decimal sign, at most six.
pub fn decimal(number: f64, digits: usize) -> Option<String> {
    if let Some(more) = digits.checked_sub(DECIMALS) {
        return FINER_FORMATS.with(|formats| {
            let format = formats.get(more)?.get_or_init(|| with_digits(digits));
            written(format, &JsValue::from_f64(number))
        });
    }
    FORMATS.with(|formats| written(formats.decimals.get(digits)?, &JsValue::from_f64(number)))
}

/// The time of day with milliseconds, in the reader's time zone.
pub fn time_of_day(at: UnixMillis) -> Option<String> {
    FORMATS.with(|formats| written(&formats.time, &JsValue::from_f64(at.0 as f64)))
}

/// The date, in the reader's time zone.
pub fn date(at: UnixMillis) -> Option<String> {
    FORMATS.with(|formats| written(&formats.date, &JsValue::from_f64(at.0 as f64)))
}
