//! The rows that belong to the frame in hand, each a jump away.

use std::sync::Arc;

use leptos::prelude::*;

use crate::engine::seam::{FrameView, Jump, Link};
use crate::ui::components::{live, part};
use crate::ui::console::use_console;
use crate::ui::i18n::words;

const fn link_name(link: Link) -> &'static str {
    match link {
        Link::Answers => "answers",
        Link::AnsweredBy => "answered-by",
        Link::Request => "request",
        Link::Reply => "reply",
    }
}

/// A button for each partner; nothing where there is none.
#[component]
pub fn Partners(#[prop(into)] frame: Signal<Option<Arc<FrameView>>>) -> impl IntoView {
    let console = use_console();
    let partners = Memo::new(move |_| {
        frame.with(|frame| {
            frame
                .as_ref()
                .map(|frame| frame.partners.clone())
                .unwrap_or_default()
        })
    });
    view! {
        <div
            class="partners"
            role="group"
            data-testid="partners"
            aria-label=live(move || console.say(words::PARTNERS))
            hidden=live(move || partners.with(Vec::is_empty))
        >
            {part(move || {
                partners
                    .get()
                    .into_iter()
                    .map(|partner| {
                        let words = match partner.link {
                            Link::Answers => words::PARTNER_ANSWERS,
                            Link::AnsweredBy => words::PARTNER_ANSWERED_BY,
                            Link::Request => words::PARTNER_REQUEST,
                            Link::Reply => words::PARTNER_REPLY,
                        };
                        view! {
                            <button
                                type="button"
                                class="button-quiet"
                                data-testid="partner"
                                data-link=link_name(partner.link)
                                data-frame=partner.frame.0.to_string()
                                on:click=move |_| console.of_inspected().jump(Jump::Frame(partner.frame))
                            >
                                {live(move || console.say(words))}
                            </button>
                        }
                    })
                    .collect_view()
            })}
        </div>
    }
    .into_any()
}
