//! Primitives as the document prints them, member by member in its order.

use super::Shape;
use crate::platform::json::ObjectWriter;

/// The content of a report as it goes into `con`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Con<'a> {
    /// A JSON string.
    Text(&'a str),
    /// JSON, already checked, taken as typed.
    Json(&'a str),
}

/// Register request, members in the order of the document's example.
pub fn register(cse: &str, rqi: &str, name: Option<&str>, api: &str, rr_as_text: bool) -> String {
    let ae = ObjectWriter::new().string("api", api);
    let ae = if rr_as_text {
        ae.string("rr", "true")
    } else {
        ae.raw("rr", "true")
    };
    let pc = ObjectWriter::new().raw("m2m:ae", &ae.finish()).finish();
    let mut out = ObjectWriter::new()
        .integer("op", 1)
        .string("to", &format!("/{cse}"))
        .string("fr", "/C")
        .string("rqi", rqi)
        .integer("ty", 2);
    if let Some(name) = name {
        out = out.string("nm", name);
    }
    out.raw("pc", &pc).finish()
}

/// What goes into a `m2m:cin` or `m2m:event`.
#[derive(Clone, Copy, Debug)]
pub struct Instance<'a> {
    /// Label, or empty.
    pub label: &'a str,
    /// `cnf` as text.
    pub cnf: &'a str,
    /// The content.
    pub con: Con<'a>,
}

/// Where a request goes.
#[derive(Clone, Copy, Debug)]
pub struct Address<'a> {
    /// CSE name.
    pub cse: &'a str,
    /// Device name.
    pub device: &'a str,
    /// Container or event.
    pub resource: &'a str,
}

pub(super) fn instance(part: &str, instance: &Instance<'_>) -> String {
    let inner = ObjectWriter::new()
        .string_unless_empty("lbl", instance.label)
        .string("cnf", instance.cnf);
    let inner = match instance.con {
        Con::Text(text) => inner.string("con", text),
        Con::Json(json) => inner.raw("con", json),
    };
    ObjectWriter::new().raw(part, &inner.finish()).finish()
}

/// Single-capability report (`ty` 4) or event report (`ty` 7).
pub fn report(shape: Shape, at: &Address<'_>, rqi: &str, content: &Instance<'_>) -> String {
    let (ty, part) = match shape {
        Shape::Event => (7, "m2m:event"),
        _ => (4, "m2m:cin"),
    };
    ObjectWriter::new()
        .integer("op", 1)
        .string("to", &format!("/{}/{}/{}", at.cse, at.device, at.resource))
        .string("fr", &format!("/{}/{}", at.cse, at.device))
        .string("rqi", rqi)
        .integer("ty", ty)
        .raw("pc", &instance(part, content))
        .finish()
}

/// Data sent down.
pub fn downlink(at: &Address<'_>, rqi: &str, content: &Instance<'_>) -> String {
    ObjectWriter::new()
        .integer("op", 5)
        .string("to", &format!("/{}/{}/{}", at.cse, at.device, at.resource))
        .string("fr", "/CSE-001")
        .string("rqi", rqi)
        .integer("ty", 4)
        .raw("pc", &instance("m2m:cin", content))
        .finish()
}

/// The device's answer to a downlink. `rqi` is JSON as it came; `rsp` is JSON, already checked,
/// with the request's `ty`: the answer to a method call, which the document does not describe.
pub fn downlink_reply(
    cse: &str,
    device: &str,
    rqi: &str,
    rsc: i64,
    rsp: Option<(i64, &str)>,
) -> String {
    let out = ObjectWriter::new()
        .integer("rsc", rsc)
        .raw("rqi", rqi)
        .string("to", &format!("/{cse}/{device}"))
        .string("fr", &format!("/{cse}"));
    match rsp {
        Some((ty, rsp)) => out.integer("ty", ty).raw("rsp", rsp).finish(),
        None => out.finish(),
    }
}

/// The platform's answer to a registration or a report; `rqi` is JSON as it came.
pub fn response(rsc: i64, rqi: Option<&str>, ri: Option<&str>, to: &str, from: &str) -> String {
    let mut out = ObjectWriter::new().integer("rsc", rsc);
    if let Some(rqi) = rqi {
        out = out.raw("rqi", rqi);
    }
    if let Some(ri) = ri {
        out = out.raw("pc", &ObjectWriter::new().string("ri", ri).finish());
    }
    out.string("to", to).string("fr", from).finish()
}
