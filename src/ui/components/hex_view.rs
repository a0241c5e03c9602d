//! Bytes as hexadecimal and ASCII, coloured by field, lit together with the field tree.

use core::ops::Range;
use std::sync::Arc;

use super::live::live;
use bytes::Bytes;
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, Event, KeyboardEvent};

use super::VirtualRows;
use crate::engine::seam::FieldKind;
use crate::ui::byte_map::ByteMap;
use crate::ui::console::{Console, use_console};
use crate::ui::format::ascii;
use crate::ui::i18n::{Language, words};

const ROW_HEIGHT: u32 = 20;

/// A field kind's name in attributes.
pub const fn kind_name(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Group => "group",
        FieldKind::Header => "header",
        FieldKind::Length => "length",
        FieldKind::Identifier => "identifier",
        FieldKind::Property => "property",
        FieldKind::Text => "text",
        FieldKind::Payload => "payload",
        FieldKind::Secret => "secret",
        FieldKind::Gap => "gap",
        FieldKind::Fault => "fault",
    }
}

/// What the view shows: bytes and the fields over them. `revision` tells two apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mapped {
    /// Changes with the bytes.
    pub revision: u64,
    /// The bytes.
    pub bytes: Bytes,
    /// The fields.
    pub map: Arc<ByteMap>,
}

impl Mapped {
    /// The name of the innermost field that a byte is part of.
    pub fn field_at(&self, byte: usize, language: Language) -> Option<&str> {
        let id = self.map.deepest_at(byte)?;
        self.map.node(id).map(|node| node.name_in(language))
    }
}

/// A byte in words, for who hears where the cursor went.
pub(super) fn spoken(console: Console, at: usize, digits: &str, field: Option<&str>) -> String {
    let at = format!("{at:04X}");
    untrack(|| match field {
        Some(field) => console.fill(words::HEX_SPOKEN_IN, &[&at, digits, field]),
        None => console.fill(words::HEX_SPOKEN, &[&at, digits]),
    })
}

/// What a user does with a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// Clicked: choose it.
    Choose(usize),
    /// The cursor moved to it.
    Move(usize),
    /// The selection now reaches to it, from where it began.
    Extend {
        /// Where it began.
        from: usize,
        /// Where it ends.
        to: usize,
    },
    /// Enter: select the field that it is part of.
    Enter(usize),
    /// Escape: go up.
    Up,
}

/// The view. Pointing at a byte tells `on_hover`; clicking, dragging and keys tell `on_pick`.
#[component]
pub fn HexView(
    #[prop(into)] id: String,
    #[prop(into)] label: Signal<String>,
    #[prop(into)] mapped: Signal<Arc<Mapped>>,
    /// Bytes in one row, 8 or 16.
    #[prop(into)]
    per_row: Signal<usize>,
    /// The bytes lit.
    #[prop(into)]
    lit: Signal<Option<Range<usize>>>,
    /// A byte to scroll to whenever it changes.
    #[prop(into)]
    reveal: Signal<Option<usize>>,
    /// Whether secret bytes are shown.
    #[prop(into)]
    secrets: Signal<bool>,
    #[prop(into)] on_hover: Callback<Option<usize>>,
    #[prop(into)] on_pick: Callback<Pick>,
    /// The bytes that are selected, apart from the field that is lit.
    #[prop(into, optional)]
    chosen: Signal<Option<Range<usize>>>,
) -> impl IntoView {
    let console = use_console();
    let node = NodeRef::<Div>::new();
    let cursor = RwSignal::new(0_usize);
    // Where keys have moved the cursor, in words, and in which bytes.
    let said = RwSignal::new(None::<(u64, String)>);
    let say = move |at: usize| {
        let mapped = mapped.get_untracked();
        let Some(byte) = mapped.bytes.get(at) else {
            return;
        };
        let masked = mapped.map.kind_at(at) == FieldKind::Secret && !secrets.get_untracked();
        let digits = if masked {
            "••".to_owned()
        } else {
            format!("{byte:02X}")
        };
        let text = spoken(
            console,
            at,
            &digits,
            mapped.field_at(at, console.language.get_untracked()),
        );
        said.set(Some((mapped.revision, text)));
    };
    // Where a selection began: with Shift, or with the pointer down.
    let anchor = StoredValue::new(None::<usize>);
    let length = Memo::new(move |_| mapped.with(|mapped| mapped.bytes.len()));
    let total = Memo::new(move |_| length.get().div_ceil(per_row.get().max(1)));
    let revision = Memo::new(move |_| {
        mapped.with(|mapped| mapped.revision) << 6
            | (per_row.get() as u64) << 1
            | u64::from(secrets.get())
    });
    let reveal_row = Memo::new(move |_| reveal.get().map(|byte| byte / per_row.get().max(1)));
    let row = move |index: usize| {
        let per_row = per_row.get_untracked().max(1);
        let mapped = mapped.get_untracked();
        let show_secrets = secrets.get_untracked();
        let start = index * per_row;
        let cells = (start..(start + per_row).min(mapped.bytes.len()))
            .filter_map(|at| mapped.bytes.get(at).map(|byte| (at, *byte)));
        let (hex, text): (Vec<_>, Vec<_>) = cells
            .map(|(at, byte)| {
                let kind = mapped.map.kind_at(at);
                let masked = kind == FieldKind::Secret && !show_secrets;
                let is_lit = move || {
                    lit.with(|lit| lit.as_ref().is_some_and(|lit| lit.contains(&at)))
                        .then_some("")
                };
                let is_chosen = move || {
                    chosen
                        .with(|chosen| chosen.as_ref().is_some_and(|chosen| chosen.contains(&at)))
                        .then_some("")
                };
                let is_cursor = move || (cursor.get() == at).then_some("");
                let first = mapped.map.starts_at(at).then_some("");
                let digits = if masked {
                    "••".to_owned()
                } else {
                    format!("{byte:02X}")
                };
                let character = if masked { '•' } else { ascii(byte) };
                let unprintable = (!masked && character == '·').then_some("");
                (
                    view! {
                        <span
                            class="byte"
                            data-testid="byte"
                            data-byte=at.to_string()
                            data-kind=kind_name(kind)
                            data-first=first
                            data-lit=is_lit
                            data-chosen=is_chosen
                            data-cursor=is_cursor
                        >
                            {digits}
                        </span>
                    },
                    view! {
                        <span
                            class="ascii"
                            data-testid="ascii"
                            data-byte=at.to_string()
                            data-unprintable=unprintable
                            data-lit=is_lit
                            data-chosen=is_chosen
                            data-cursor=is_cursor
                        >
                            {character.to_string()}
                        </span>
                    },
                )
            })
            .unzip();
        view! {
            <div class="hex-row">
                <span class="hex-offset">{format!("{start:04X}")}</span>
                <span class="hex-bytes">{hex}</span>
                <span class="hex-ascii">{text}</span>
            </div>
        }
    };
    // A click chooses the byte; with Shift, or after dragging, it selects what lies between.
    let point = move |byte: usize, extend: bool| {
        let from = anchor.get_value().unwrap_or(cursor.get_untracked());
        cursor.set(byte);
        said.set(None);
        if extend {
            anchor.set_value(Some(from));
            on_pick.run(Pick::Extend { from, to: byte });
        } else {
            anchor.set_value(None);
            on_pick.run(Pick::Choose(byte));
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let count = length.get_untracked();
        let Some(last) = count.checked_sub(1) else {
            return;
        };
        let at = cursor.get_untracked().min(last);
        let step = per_row.get_untracked();
        let next = match event.key().as_str() {
            "ArrowRight" => at.saturating_add(1),
            "ArrowLeft" => at.saturating_sub(1),
            "ArrowDown" => at.saturating_add(step),
            "ArrowUp" => at.saturating_sub(step),
            "PageDown" => at.saturating_add(step * 8),
            "PageUp" => at.saturating_sub(step * 8),
            "Home" => 0,
            "End" => last,
            "Enter" => {
                event.prevent_default();
                anchor.set_value(None);
                on_pick.run(Pick::Enter(at));
                return;
            }
            "Escape" => {
                event.prevent_default();
                anchor.set_value(None);
                on_pick.run(Pick::Up);
                return;
            }
            _ => return,
        };
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        event.prevent_default();
        let next = next.min(last);
        cursor.set(next);
        say(next);
        if event.shift_key() {
            let from = anchor.get_value().unwrap_or(at);
            anchor.set_value(Some(from));
            on_pick.run(Pick::Extend { from, to: next });
        } else {
            anchor.set_value(None);
            on_pick.run(Pick::Move(next));
        }
    };
    let said_id = format!("{id}-said");
    view! {
        <span class="visually-hidden" role="status" data-testid=said_id>
            {live(move || {
                let (revision, text) = said.get()?;
                mapped.with(|mapped| mapped.revision == revision).then_some(text)
            })}
        </span>
        <VirtualRows
            node=node
            class="hex-view"
            total=total
            row_height=ROW_HEIGHT
            revision=revision
            reveal=reveal_row
            row=row
            attr:data-testid=id.clone()
            attr:id=id
            attr:data-per-row=live(move || per_row.get().to_string())
            attr:role="application"
            attr:tabindex="0"
            attr:aria-label=live(move || label.get())
            on:keydown=on_key
            on:pointerdown=move |event: web_sys::PointerEvent| {
                if event.button() == 0 && !event.shift_key() {
                    anchor.set_value(byte_of(&event));
                }
            }
            on:click=move |event: web_sys::MouseEvent| {
                if let Some(byte) = byte_of(&event) {
                    let from = anchor.get_value();
                    point(byte, event.shift_key() || from.is_some_and(|from| from != byte));
                }
            }
            on:pointerover=move |event: web_sys::PointerEvent| {
                let byte = byte_of(&event);
                on_hover.run(byte);
                let dragged = event.buttons() & 1 == 1;
                if let (true, Some(from), Some(to)) = (dragged, anchor.get_value(), byte)
                    && from != to
                {
                    cursor.set(to);
                    said.set(None);
                    on_pick.run(Pick::Extend { from, to });
                }
            }
            on:pointerleave=move |_| on_hover.run(None)
        />
    }
}

/// The byte whose cell an event happened in.
fn byte_of(event: &Event) -> Option<usize> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    target.get_attribute("data-byte")?.parse().ok()
}
