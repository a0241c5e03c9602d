//! The browser's WebSocket as a link.

use bytes::Bytes;
use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, CloseEvent, Event, MessageEvent, WebSocket};

use super::{LinkError, LinkEvent};

type Handler<E> = Closure<dyn FnMut(E)>;

/// An open or opening WebSocket. Dropping it detaches every handler, then closes the socket, so
/// that an old socket never speaks after its link is gone.
pub struct WebSocketLink {
    socket: WebSocket,
    _on_open: Handler<Event>,
    _on_message: Handler<MessageEvent>,
    _on_close: Handler<CloseEvent>,
}

impl WebSocketLink {
    /// Starts opening `url`, asking for `sub_protocol`; everything that happens then is told to
    /// `on_event`, always from a later turn of the event loop.
    ///
    /// # Errors
    /// [`LinkError`] when the browser refuses the URL or the sub-protocol at once.
    pub fn open(
        url: &str,
        sub_protocol: &str,
        on_event: impl Fn(LinkEvent) + 'static,
    ) -> Result<Self, LinkError> {
        let socket =
            WebSocket::new_with_str(url, sub_protocol).map_err(|error| LinkError::Rejected {
                reason: describe(&error),
            })?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let on_event = std::rc::Rc::new(on_event);
        let on_open = {
            let (on_event, socket) = (on_event.clone(), socket.clone());
            Handler::<Event>::new(move |_| {
                on_event(LinkEvent::Opened {
                    protocol: socket.protocol(),
                });
            })
        };
        let on_message = {
            let on_event = on_event.clone();
            Handler::<MessageEvent>::new(move |event: MessageEvent| {
                let data = event.data();
                on_event(match data.dyn_ref::<ArrayBuffer>() {
                    Some(buffer) => {
                        LinkEvent::Message(Bytes::from(Uint8Array::new(buffer).to_vec()))
                    }
                    None => LinkEvent::Text(data.as_string().unwrap_or_default()),
                });
            })
        };
        // `error` is always followed by `close`, which says more.
        let on_close = Handler::<CloseEvent>::new(move |event: CloseEvent| {
            on_event(LinkEvent::Closed {
                code: event.code(),
                reason: event.reason(),
                clean: event.was_clean(),
            });
        });
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        Ok(Self {
            socket,
            _on_open: on_open,
            _on_message: on_message,
            _on_close: on_close,
        })
    }

    /// Sends one binary message. Bytes for a socket that is not open are dropped: the close event
    /// that explains it is on its way.
    pub fn send(&self, bytes: &[u8]) {
        let _ = self.socket.send_with_u8_array(bytes);
    }

    /// Bytes handed to [`WebSocketLink::send`] that the network has not taken yet.
    pub fn buffered(&self) -> u32 {
        self.socket.buffered_amount()
    }
}

impl Drop for WebSocketLink {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // 1000, normal closure; fails only when the socket is closed already.
        let _ = self.socket.close_with_code(1000);
    }
}

fn describe(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(
        || "refused by the browser".to_owned(),
        |error| String::from(error.message()),
    )
}
