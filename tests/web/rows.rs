//! Long lists: only the rows in view are in the document.

use device_console::ui::components::VirtualRows;
use gloo_timers::future::TimeoutFuture;
use leptos::html::Div;
use leptos::mount::mount_to;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlElement;

const ROW_HEIGHT: u32 = 20;
const HEIGHT: u32 = 200;

struct Fixture {
    list: HtmlElement,
    total: RwSignal<usize>,
    revision: RwSignal<u64>,
    reveal: RwSignal<Option<usize>>,
    _mounted: Box<dyn std::any::Any>,
}

async fn settle() {
    // Two frames: the observer of the size, then what follows from it.
    for _ in 0..3 {
        TimeoutFuture::new(40).await;
    }
}

async fn list_of(rows: usize) -> Fixture {
    let parent: HtmlElement = document().create_element("div").unwrap().unchecked_into();
    document().body().unwrap().append_child(&parent).unwrap();
    let signals = std::rc::Rc::new(std::cell::OnceCell::new());
    let handle = mount_to(parent.clone(), {
        let signals = signals.clone();
        move || {
            let (total, revision) = (RwSignal::new(rows), RwSignal::new(0_u64));
            let reveal = RwSignal::new(None::<usize>);
            let node = NodeRef::<Div>::new();
            let _ = signals.set((total, revision, reveal));
            let row = move |index: usize| {
                let shown = format!("{index}.{}", revision.get_untracked());
                view! { <div class="row" style:height=format!("{ROW_HEIGHT}px")>{shown}</div> }
            };
            view! {
                <VirtualRows
                    node=node
                    class="under-test"
                    total=total
                    row_height=ROW_HEIGHT
                    revision=revision
                    reveal=reveal
                    row=row
                    attr:style=format!("height: {HEIGHT}px; overflow: auto; position: relative")
                />
            }
        }
    });
    settle().await;
    let (total, revision, reveal) = *signals.get().unwrap();
    let list = parent
        .query_selector(".under-test")
        .unwrap()
        .unwrap()
        .unchecked_into();
    Fixture {
        list,
        total,
        revision,
        reveal,
        _mounted: Box::new(handle),
    }
}

impl Fixture {
    fn rows(&self) -> Vec<String> {
        let rows = self.list.get_elements_by_class_name("row");
        (0..rows.length())
            .filter_map(|i| rows.item(i)?.text_content())
            .collect()
    }
}

#[wasm_bindgen_test]
async fn a_hundred_thousand_rows_cost_no_more_than_a_screenful() {
    let fixture = list_of(100_000).await;
    let rows = fixture.rows();
    assert!((10..40).contains(&rows.len()), "{} rows", rows.len());
    assert_eq!(rows[0], "0.0");
    assert_eq!(fixture.list.scroll_height(), 100_000 * ROW_HEIGHT as i32);
}

#[wasm_bindgen_test]
async fn scrolling_shows_the_rows_that_are_there() {
    let fixture = list_of(100_000).await;
    fixture.list.set_scroll_top(50_000 * ROW_HEIGHT as i32);
    settle().await;
    let rows = fixture.rows();
    assert!(rows.len() < 40, "{} rows", rows.len());
    assert!(rows.contains(&"50000.0".to_owned()), "{rows:?}");
    assert!(rows.contains(&"50009.0".to_owned()), "{rows:?}");
}

#[wasm_bindgen_test]
async fn a_row_to_reveal_is_scrolled_to_and_others_stay_put() {
    let fixture = list_of(1_000).await;
    fixture.reveal.set(Some(3));
    settle().await;
    assert_eq!(fixture.list.scroll_top(), 0);
    fixture.reveal.set(Some(500));
    settle().await;
    assert!(fixture.rows().contains(&"500.0".to_owned()));
}

#[wasm_bindgen_test]
async fn a_new_revision_draws_every_row_anew_and_fewer_rows_leave_none_behind() {
    let fixture = list_of(1_000).await;
    fixture.revision.set(7);
    settle().await;
    assert!(
        fixture.rows().iter().all(|row| row.ends_with(".7")),
        "{:?}",
        fixture.rows()
    );
    fixture.total.set(2);
    settle().await;
    assert_eq!(fixture.rows(), ["0.7", "1.7"]);
}
