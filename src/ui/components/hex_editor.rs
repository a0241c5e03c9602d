//! A grid to edit bytes in: hexadecimal and characters side by side, over a caret and a selection.

use std::sync::Arc;

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{ClipboardEvent, Element, Event, KeyboardEvent};

use super::hex_view::{Mapped, kind_name, spoken};
use super::live::live;
use super::{VirtualRows, observe_size};
use crate::engine::seam::FieldKind;
use crate::ui::console::use_console;
use crate::ui::format::{HexError, ascii, hex, parse_hex, size};
use crate::ui::hex_edit::{Column, HexEdit, MAX_BYTES, Move};
use crate::ui::i18n::words;

const ROW_HEIGHT: u32 = 20;
/// The width, in CSS pixels, from which on sixteen bytes stand in a row.
const SIXTEEN: f64 = 520.0;

/// Why the last key or paste did nothing.
#[derive(Clone, Debug, PartialEq)]
enum Refused {
    /// What was typed.
    NotHex(String),
    /// What was pasted.
    Unread(HexError),
    TooMany,
}

/// The grid. `bytes` is what it edits and `on_change` gets what was made of them; fields over the
/// bytes, whose first is that at `fields_from` of `fields`, give them their colours.
#[component]
pub fn HexEditor(
    id: &'static str,
    #[prop(into)] bytes: Signal<Vec<u8>>,
    #[prop(into)] fields: Signal<Option<(Arc<Mapped>, usize)>>,
    #[prop(into)] on_change: Callback<Vec<u8>>,
) -> impl IntoView {
    let console = use_console();
    let node = NodeRef::<Div>::new();
    let edit = RwSignal::new(HexEdit::new(bytes.get_untracked()));
    let refused = RwSignal::new(None::<Refused>);
    let dragging = StoredValue::new(false);
    // What is changed elsewhere, as text or by a template, shows here.
    Effect::new(move |_| {
        let now = bytes.get();
        if edit.with_untracked(|edit| edit.bytes() != now) {
            edit.update(|edit| edit.replace_all(now));
        }
    });
    let box_size = observe_size(node);
    let per_row = Memo::new(move |_| {
        if box_size.get().width >= SIXTEEN {
            16
        } else {
            8
        }
    });
    let length = Memo::new(move |_| edit.with(|edit| edit.bytes().len()));
    let caret = Memo::new(move |_| edit.with(HexEdit::caret));
    let half = Memo::new(move |_| edit.with(HexEdit::is_half));
    let selection = Memo::new(move |_| edit.with(HexEdit::selection));
    let column = Memo::new(move |_| edit.with(|edit| edit.column));
    let insert = Memo::new(move |_| edit.with(|edit| edit.insert));
    // One place more than there are bytes: the caret can stand behind the last.
    let total = Memo::new(move |_| length.get() / per_row.get() + 1);
    let shown = Memo::new(move |_| edit.with(|edit| edit.bytes().to_vec()));
    let revision = Memo::new(move |before: Option<&u64>| {
        shown.track();
        fields.track();
        per_row.track();
        before.copied().unwrap_or_default() + 1
    });
    let reveal = Memo::new(move |_| Some(caret.get() / per_row.get()));
    let row = move |index: usize| {
        let per_row = per_row.get_untracked();
        let start = index * per_row;
        let fields = fields.get_untracked();
        let kind = |at: usize| {
            fields
                .as_ref()
                .map_or(FieldKind::Payload, |(mapped, from)| {
                    mapped.map.kind_at(from + at)
                })
        };
        let (digits, characters): (Vec<_>, Vec<_>) = shown.with_untracked(|bytes| {
            (start..(start + per_row).min(bytes.len() + 1))
                .map(|at| {
                    let byte = bytes.get(at).copied();
                    let is_chosen =
                        move || selection.with(|chosen| chosen.contains(&at)).then_some("");
                    let caret_in = move |this: Column| {
                        (caret.get() == at).then(|| match (column.get() == this, half.get()) {
                            (false, _) => "other",
                            (true, true) => "half",
                            (true, false) => "here",
                        })
                    };
                    let character = byte.map(ascii);
                    (
                        view! {
                            <span
                                class="byte"
                                data-testid="edit-byte"
                                data-byte=at.to_string()
                                data-column="hex"
                                data-kind=byte.map(|_| kind_name(kind(at)))
                                data-chosen=is_chosen
                                data-caret=move || caret_in(Column::Hex)
                            >
                                {byte.map_or_else(|| "··".to_owned(), |byte| format!("{byte:02X}"))}
                            </span>
                        },
                        view! {
                            <span
                                class="ascii"
                                data-byte=at.to_string()
                                data-column="characters"
                                data-unprintable=(character == Some('·')).then_some("")
                                data-chosen=is_chosen
                                data-caret=move || caret_in(Column::Characters)
                            >
                                {character.unwrap_or(' ').to_string()}
                            </span>
                        },
                    )
                })
                .unzip()
        });
        view! {
            <div class="hex-row">
                <span class="hex-offset">{format!("{start:04X}")}</span>
                <span class="hex-bytes">{digits}</span>
                <span class="hex-ascii">{characters}</span>
            </div>
        }
    };
    let status = move || {
        let chosen = selection.get();
        let at = format!("{:04X}", caret.get());
        let all = size(length.get() as u64);
        if chosen.is_empty() {
            console.fill(words::HEX_EDIT_AT, &[&at, &all])
        } else {
            let count = size(chosen.len() as u64);
            console.fill(words::HEX_EDIT_CHOSEN, &[&at, &count, &all])
        }
    };
    // Where keys have moved the caret, in words: the status is read out only when asked for.
    let said = RwSignal::new(String::new());
    let say = move || {
        let at = caret.get_untracked();
        let byte = edit.with_untracked(|edit| edit.bytes().get(at).copied());
        let chosen = selection.with_untracked(|chosen| !chosen.is_empty());
        said.set(match byte {
            Some(byte) if !chosen => fields.with_untracked(|fields| {
                let field = fields.as_ref().and_then(|(mapped, from)| {
                    mapped.field_at(from + at, console.language.get_untracked())
                });
                spoken(console, at, &format!("{byte:02X}"), field)
            }),
            _ => untrack(status),
        });
    };
    let tell = move || on_change.run(edit.with_untracked(|edit| edit.bytes().to_vec()));
    let change = move |change: &dyn Fn(&mut HexEdit) -> bool| {
        let mut fits = true;
        said.set(String::new());
        edit.update(|edit| fits = change(edit));
        refused.set((!fits).then_some(Refused::TooMany));
        if fits {
            tell();
        }
    };
    let go = move |to: Move, extend: bool| {
        edit.update(|edit| edit.go(to, extend));
        refused.set(None);
        say();
    };
    let type_character = move |typed: &str| {
        if column.get_untracked() == Column::Characters {
            change(&|edit| edit.type_text(typed).is_ok());
            return true;
        }
        let digit = typed.chars().next().and_then(|typed| typed.to_digit(16));
        let Some(digit) = digit else {
            // A blank between bytes is what hands type by themselves.
            if typed != " " {
                refused.set(Some(Refused::NotHex(typed.to_owned())));
            }
            return true;
        };
        change(&|edit| edit.type_digit(digit as u8).is_ok());
        true
    };
    let on_key = move |event: KeyboardEvent| {
        let command = event.ctrl_key() || event.meta_key();
        let (key, extend) = (event.key(), event.shift_key());
        let width = per_row.get_untracked();
        let handled = match key.as_str() {
            _ if event.alt_key() || event.is_composing() => false,
            "a" | "A" if command && !extend => {
                edit.update(HexEdit::select_all);
                true
            }
            "z" | "Z" if command && !extend => {
                change(&|edit| {
                    edit.undo();
                    true
                });
                true
            }
            "Home" if command => {
                go(Move::Start, extend);
                true
            }
            "End" if command => {
                go(Move::End, extend);
                true
            }
            _ if command => false,
            "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown" | "PageUp" | "PageDown"
            | "Home" | "End" => {
                let to = match key.as_str() {
                    "ArrowLeft" => Move::Left,
                    "ArrowRight" => Move::Right,
                    "ArrowUp" => Move::Back(width),
                    "ArrowDown" => Move::On(width),
                    "PageUp" => Move::Back(width * 8),
                    "PageDown" => Move::On(width * 8),
                    "Home" => Move::RowStart(width),
                    _ => Move::RowEnd(width),
                };
                go(to, extend);
                true
            }
            "Backspace" => {
                change(&|edit| {
                    edit.backspace();
                    true
                });
                say();
                true
            }
            "Delete" => {
                change(&|edit| {
                    edit.delete();
                    true
                });
                say();
                true
            }
            "Insert" => {
                edit.update(|edit| edit.insert = !edit.insert);
                true
            }
            "Enter" => {
                edit.update(|edit| {
                    edit.column = match edit.column {
                        Column::Hex => Column::Characters,
                        Column::Characters => Column::Hex,
                    };
                });
                true
            }
            "Escape" => {
                edit.update(HexEdit::select_none);
                refused.set(None);
                true
            }
            typed if typed.chars().count() == 1 => type_character(typed),
            _ => false,
        };
        if handled {
            event.prevent_default();
            event.stop_propagation();
        }
    };
    let on_paste = move |event: ClipboardEvent| {
        let Some(text) = event
            .clipboard_data()
            .and_then(|data| data.get_data("text/plain").ok())
        else {
            return;
        };
        event.prevent_default();
        let pasted = match column.get_untracked() {
            Column::Characters => Ok(text.into_bytes()),
            Column::Hex => parse_hex(&text),
        };
        match pasted {
            Ok(pasted) => change(&|edit| edit.paste(&pasted).is_ok()),
            Err(error) => refused.set(Some(Refused::Unread(error))),
        }
    };
    let copy = move |event: &ClipboardEvent| -> bool {
        let text = edit.with_untracked(|edit| {
            let chosen = edit.bytes().get(edit.selection()).unwrap_or_default();
            (!chosen.is_empty()).then(|| match edit.column {
                Column::Hex => hex(chosen),
                Column::Characters => String::from_utf8_lossy(chosen).into_owned(),
            })
        });
        match (text, event.clipboard_data()) {
            (Some(text), Some(data)) => {
                event.prevent_default();
                data.set_data("text/plain", &text).is_ok()
            }
            _ => false,
        }
    };
    let point = move |event: &Event, extend: bool| {
        if let Some((byte, column)) = cell_of(event) {
            said.set(String::new());
            edit.update(|edit| {
                edit.column = column;
                edit.go(Move::To(byte), extend);
            });
        }
    };
    let wrong = move || {
        refused.get().map(|refused| match refused {
            Refused::NotHex(found) => console.fill(words::HEX_EDIT_NO_DIGIT, &[&found]),
            Refused::Unread(error) => console.fill(
                words::HEX_EDIT_NO_DIGIT,
                &[&error.say(console.language.get())],
            ),
            Refused::TooMany => console.fill(words::HEX_EDIT_FULL, &[&size(MAX_BYTES as u64)]),
        })
    };
    view! {
        <div class="hex-editor" node_ref=node>
            <VirtualRows
                node=NodeRef::new()
                class="hex-view hex-grid"
                total=total
                row_height=ROW_HEIGHT
                revision=revision
                reveal=reveal
                row=row
                attr:id=id
                attr:data-testid=id
                attr:data-per-row=live(move || per_row.get().to_string())
                attr:role="application"
                attr:tabindex="0"
                attr:aria-label=live(move || console.say(words::HEX_EDIT))
                attr:aria-describedby=format!("{id}-status")
                on:keydown=on_key
                on:paste=on_paste
                on:copy=move |event: ClipboardEvent| {
                    copy(&event);
                }
                on:cut=move |event: ClipboardEvent| {
                    if copy(&event) {
                        change(&|edit| {
                            edit.delete();
                            true
                        });
                    }
                }
                on:pointerdown=move |event: web_sys::PointerEvent| {
                    if event.button() == 0 {
                        dragging.set_value(true);
                        point(&event, event.shift_key());
                    }
                }
                on:pointerover=move |event: web_sys::PointerEvent| {
                    if event.buttons() & 1 == 0 {
                        dragging.set_value(false);
                    } else if dragging.get_value() {
                        point(&event, true);
                    }
                }
            />
            <div class="hex-editor-bar">
                <span class="hex-editor-status" id=format!("{id}-status") data-testid="hex-edit-status">
                    {live(status)}
                </span>
                <span class="visually-hidden" role="status" data-testid="hex-edit-said">
                    {live(move || said.get())}
                </span>
                <span class="field-wrong" role="status" data-testid="hex-edit-wrong">
                    {live(wrong)}
                </span>
                <span class="top-bar-space"></span>
                <button
                    type="button"
                    class="button-quiet"
                    data-testid="hex-edit-insert"
                    aria-pressed=live(move || insert.get().to_string())
                    title=live(move || console.say(words::HEX_EDIT_INSERT_HELP))
                    on:click=move |_| edit.update(|edit| edit.insert = !edit.insert)
                >
                    {live(move || console.say(words::HEX_EDIT_INSERT))}
                </button>
            </div>
        </div>
    }
    .into_any()
}

/// The byte whose cell an event happened in, and in which column.
fn cell_of(event: &Event) -> Option<(usize, Column)> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let byte = target.get_attribute("data-byte")?.parse().ok()?;
    let column = if target.get_attribute("data-column")? == "hex" {
        Column::Hex
    } else {
        Column::Characters
    };
    Some((byte, column))
}
