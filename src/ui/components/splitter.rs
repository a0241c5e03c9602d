//! A divider between two parts of the page, dragged or moved with the arrow keys.

use super::live::live;
use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};

/// How far an arrow key moves a divider, in CSS pixels.
const STEP: f64 = 16.0;

/// Which way a divider moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Left and right.
    Horizontal,
    /// Up and down.
    Vertical,
}

/// A divider. It controls the size of one part: `towards` is 1 where moving right or down makes
/// that part larger, -1 where it makes it smaller. `measure` gives the part's present size.
#[component]
pub fn Splitter(
    axis: Axis,
    towards: f64,
    #[prop(into)] label: Signal<String>,
    class: &'static str,
    min: f64,
    max: f64,
    #[prop(into)] size: Signal<f64>,
    #[prop(into)] on_move: Callback<f64>,
    /// Back to the size that the style sheet says.
    #[prop(into)]
    on_reset: Callback<()>,
) -> impl IntoView {
    let node = NodeRef::<Div>::new();
    // Pointer position and size at the start of a drag.
    let drag = RwSignal::new(None::<(f64, f64)>);
    let position = move |event: &PointerEvent| match axis {
        Axis::Horizontal => f64::from(event.client_x()),
        Axis::Vertical => f64::from(event.client_y()),
    };
    let on_down = move |event: PointerEvent| {
        if event.button() != 0 {
            return;
        }
        event.prevent_default();
        if let Some(element) = node.get_untracked() {
            // Only fails for a pointer that is gone already.
            let _ = element.set_pointer_capture(event.pointer_id());
            let _ = element.focus();
        }
        drag.set(Some((position(&event), size.get_untracked())));
    };
    let on_pointer_move = move |event: PointerEvent| {
        if let Some((from, size)) = drag.get_untracked() {
            on_move.run((size + (position(&event) - from) * towards).clamp(min, max));
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let step = match (axis, event.key().as_str()) {
            (Axis::Horizontal, "ArrowRight") | (Axis::Vertical, "ArrowDown") => STEP,
            (Axis::Horizontal, "ArrowLeft") | (Axis::Vertical, "ArrowUp") => -STEP,
            _ => return,
        };
        event.prevent_default();
        on_move.run((size.get_untracked() + step * towards).clamp(min, max));
    };
    view! {
        <div
            class=format!("splitter {class}")
            node_ref=node
            role="separator"
            tabindex="0"
            aria-label=label
            aria-orientation=match axis {
                Axis::Horizontal => "vertical",
                Axis::Vertical => "horizontal",
            }
            aria-valuenow=live(move || size.get().round().to_string())
            aria-valuemin=min.to_string()
            aria-valuemax=max.to_string()
            data-axis=match axis {
                Axis::Horizontal => "horizontal",
                Axis::Vertical => "vertical",
            }
            data-dragging=live(move || drag.get().is_some().then_some(""))
            on:pointerdown=on_down
            on:pointermove=on_pointer_move
            on:pointerup=move |_| drag.set(None)
            on:pointercancel=move |_| drag.set(None)
            on:dblclick=move |_| on_reset.run(())
            on:keydown=on_key
        ></div>
    }
}
