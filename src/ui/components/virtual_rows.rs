//! A long list of rows of one height, of which only those in view are in the document.

use super::live::live;
use leptos::html::Div;
use leptos::prelude::*;

use super::observe_size;
use crate::ui::viewport::Viewport;

const OVERSCAN: u64 = 8;

/// Rows of local data. `revision` changes when rows of the same number show something else;
/// `reveal` names a row to scroll to whenever it changes. The scrolled box is `node`; attributes
/// and handlers given to the component land on it.
#[component]
pub fn VirtualRows<F, V>(
    node: NodeRef<Div>,
    class: &'static str,
    #[prop(into)] total: Signal<usize>,
    row_height: u32,
    #[prop(into)] revision: Signal<u64>,
    #[prop(into)] reveal: Signal<Option<usize>>,
    row: F,
) -> impl IntoView
where
    F: Fn(usize) -> V + Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let size = observe_size(node);
    let scroll_top = RwSignal::new(0.0);
    let viewport = move || Viewport {
        row_height,
        height: size.get().height,
        scroll_top: scroll_top.get(),
    };
    let window = Memo::new(move |_| viewport().window(total.get() as u64, OVERSCAN));
    Effect::new(move |_| {
        let Some(row) = reveal.get() else { return };
        let viewport = Viewport {
            row_height,
            height: size.get_untracked().height,
            scroll_top: scroll_top.get_untracked(),
        };
        if let (Some(top), Some(element)) = (viewport.scroll_to(row as u64), node.get_untracked())
            && viewport.height > 0.0
        {
            element.set_scroll_top(top as i32);
        }
    });
    let keys = move || {
        let revision = revision.get();
        window
            .get()
            .map(move |index| (revision, index))
            .collect::<Vec<_>>()
    };
    view! {
        <div
            class=format!("virtual-rows {class}")
            node_ref=node
            on:scroll=move |_| {
                if let Some(element) = node.get_untracked() {
                    scroll_top.set(f64::from(element.scroll_top()));
                }
            }
        >
            <div
                class="virtual-rows-content"
                role="presentation"
                style:height=live(move || format!("{}px", total.get() as u64 * u64::from(row_height)))
            >
                <div
                    class="virtual-rows-layer"
                    role="presentation"
                    style:transform=live(move || {
                        format!("translateY({}px)", window.get().start * u64::from(row_height))
                    })
                >
                    <For
                        each=keys
                        key=|key| *key
                        children=move |(_, index)| row(index as usize)
                    />
                </div>
            </div>
        </div>
    }
}
