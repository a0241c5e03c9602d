//! A row of tabs with one tab stop: arrow keys, Home and End move along it.

use super::findings::severity_name;
use super::live::live;
use crate::engine::seam::Severity;
use crate::ui::actions::focus;
use leptos::prelude::*;
use web_sys::KeyboardEvent;

/// One tab.
#[derive(Clone, Debug, PartialEq)]
pub struct TabSpec<T> {
    /// What is chosen by it.
    pub value: T,
    /// Its `id` and `data-testid`.
    pub id: &'static str,
    /// The `id` of what it shows.
    pub panel: &'static str,
    /// Its name.
    pub label: Signal<String>,
    /// What stands in its corner for as long as it lasts, so that no tab moves. `None` for a tab that never has any.
    pub badge: Option<Signal<Option<Badge>>>,
}

/// What stands in the corner of a tab.
#[derive(Clone, Debug, PartialEq)]
pub struct Badge {
    /// How many.
    pub count: usize,
    /// The tab's whole name with it, for who does not see it.
    pub name: String,
    /// How it looks; `None` for a plain number.
    pub severity: Option<Severity>,
}

impl Badge {
    /// What is written: a number of at most two digits.
    fn text(&self) -> String {
        if self.count > 99 {
            "99+".to_owned()
        } else {
            self.count.to_string()
        }
    }
}

/// The row. `selected` is the open tab.
#[component]
pub fn TabList<T>(
    tabs: Vec<TabSpec<T>>,
    class: &'static str,
    #[prop(into)] label: Signal<String>,
    #[prop(into)] selected: Signal<T>,
    #[prop(into)] on_select: Callback<T>,
) -> impl IntoView
where
    T: Copy + PartialEq + Send + Sync + 'static,
{
    let values: Vec<(T, &'static str)> = tabs.iter().map(|tab| (tab.value, tab.id)).collect();
    let on_key = move |event: KeyboardEvent| {
        let now = selected.get_untracked();
        let index = values
            .iter()
            .position(|(value, _)| *value == now)
            .unwrap_or(0);
        let count = values.len();
        let next = match event.key().as_str() {
            "ArrowRight" => (index + 1) % count,
            "ArrowLeft" => (index + count - 1) % count,
            "Home" => 0,
            "End" => count - 1,
            _ => return,
        };
        event.prevent_default();
        if let Some((value, id)) = values.get(next) {
            on_select.run(*value);
            focus(&format!("#{id}"));
        }
    };
    let buttons = tabs
        .into_iter()
        .map(|tab| {
            let is_selected = move || selected.get() == tab.value;
            let badge = move || tab.badge.and_then(|badge| badge.get());
            view! {
                <button
                    type="button"
                    class="tab"
                    role="tab"
                    id=tab.id
                    data-testid=tab.id
                    aria-controls=tab.panel
                    aria-selected=live(move || is_selected().to_string())
                    tabindex=live(move || if is_selected() { "0" } else { "-1" })
                    // The name is what is written, or what is written says too little.
                    aria-label=live(move || badge().map(|badge| badge.name))
                    on:click=move |_| on_select.run(tab.value)
                >
                    {tab.label}
                    {tab
                        .badge
                        .map(|_| {
                            view! {
                                <span
                                    class="tab-badge"
                                    data-severity=live(move || {
                                        badge().and_then(|badge| badge.severity).map(severity_name)
                                    })
                                    data-empty=live(move || badge().is_none().then_some(""))
                                    // Drawn by the style sheet: as text it would belong to the name.
                                    data-text=live(move || badge().map(|badge| badge.text()))
                                ></span>
                            }
                        })}
                </button>
            }
        })
        .collect_view();
    view! {
        <div class=format!("tab-list {class}") role="tablist" aria-label=label on:keydown=on_key>
            {buttons}
        </div>
    }
}
