//! Making links and ending them, and why they could not be made or ended.

use std::time::Duration;

use bytes::Bytes;

use super::{Device, Link};
use crate::engine::failure::{self, Closing};
use crate::engine::seam::{ConnectionState, Failure, FailureClass, Target};
use crate::engine::{Effect, LinkId, Shared, plan};
use crate::mqtt::{ReasonCode, Severity};
use crate::platform::{ConnectPlan, Text};
use crate::time::Now;
use crate::transport::{LinkError, LinkEvent, check_url, close_code_meaning};

/// How long a socket may take to open before the attempt is given up.
const OPEN_TIMEOUT: Duration = Duration::from_secs(15);

impl Device {
    pub(super) fn connect(&mut self, now: Now, shared: &mut Shared) {
        if self.is_linked() {
            return;
        }
        self.began = now.instant;
        self.log.handle_new_connection();
        let plan = self.plan(now, shared);
        self.version = plan.version;
        let config = plan::config(&plan, &self.profile.connection);
        if let Err(error) = self.session.reconfigure(config) {
            self.fail(
                now,
                failure::with_detail(
                    FailureClass::BadSettings,
                    &failure::session_error(&error),
                    Closing::default(),
                    0,
                ),
            );
            return;
        }
        self.want_automatic(now, plan.subscriptions.clone());
        match self.profile.target {
            Target::Simulated => {
                self.in_page(now).open(now);
                self.link = Link::InPage;
                self.set_state(now, ConnectionState::Handshake);
                self.session.handle_link_opened(now);
            }
            Target::Broker => self.open_socket(now, shared, &plan),
        }
    }

    pub(super) fn open_socket(&mut self, now: Now, shared: &mut Shared, plan: &ConnectPlan) {
        let url = plan.url.as_deref().unwrap_or_default();
        let endpoint = match check_url(url, shared.page.https) {
            Ok(endpoint) => endpoint,
            Err(error) => {
                let class = match error {
                    LinkError::MixedContent { .. } => FailureClass::MixedContent,
                    _ => FailureClass::BadUrl,
                };
                let detail = failure::link_error(&error);
                self.fail(
                    now,
                    failure::with_detail(class, &detail, Closing::default(), 0),
                );
                return;
            }
        };
        let link = shared.next_link();
        self.endpoint = Some(endpoint.clone());
        self.link = Link::Socket {
            link,
            open_by: Some(now.instant + OPEN_TIMEOUT),
        };
        self.set_state(now, ConnectionState::Opening);
        shared.effects.push_back(Effect::OpenLink {
            link,
            url: endpoint.url,
            sub_protocol: plan::sub_protocol(plan),
        });
    }

    pub(super) fn disconnect(&mut self, now: Now, shared: &mut Shared) {
        match self.connection.state {
            ConnectionState::Offline => {}
            ConnectionState::Opening => {
                self.close_link(now, shared);
                self.set_state(now, ConnectionState::Offline);
            }
            _ => {
                self.session
                    .disconnect(now, ReasonCode::NORMAL_DISCONNECTION);
                self.set_state(now, ConnectionState::Closing);
                self.pump(now, shared);
            }
        }
    }

    pub(in crate::engine) fn handle_link(
        &mut self,
        now: Now,
        shared: &mut Shared,
        link: LinkId,
        event: LinkEvent,
    ) {
        if self.link() != Some(link) {
            return;
        }
        match event {
            LinkEvent::Opened { protocol } => {
                self.link_opened(now, shared, &protocol);
            }
            LinkEvent::Message(bytes) => self.session.handle_bytes(now, bytes),
            LinkEvent::Text(text) => {
                self.note(
                    now,
                    Text::owned(
                        format!("text message of {} bytes", text.len()),
                        format!("文本消息，{} 字节", text.len()),
                    ),
                    Bytes::from(text),
                    Some(Severity::Error),
                );
                self.break_off(now, shared, FailureClass::TextMessage, Closing::default());
            }
            LinkEvent::Closed {
                code,
                reason,
                clean: _,
            } => {
                self.link_closed(
                    now,
                    shared,
                    Closing {
                        code: Some(code),
                        reason,
                    },
                );
            }
        }
        self.pump(now, shared);
    }

    pub(super) fn link_opened(&mut self, now: Now, shared: &mut Shared, protocol: &str) {
        let asked = plan::sub_protocol(&self.plan(now, shared));
        let shown = if protocol.is_empty() { "—" } else { protocol };
        self.note(
            now,
            Text::owned(
                format!("WebSocket open, sub-protocol {shown}"),
                format!("WebSocket 已打开，子协议 {shown}"),
            ),
            Bytes::new(),
            None,
        );
        if protocol != asked {
            self.break_off(now, shared, FailureClass::SubProtocol, Closing::default());
            return;
        }
        if let Link::Socket { open_by, .. } = &mut self.link {
            *open_by = None;
        }
        self.set_state(now, ConnectionState::Handshake);
        self.session.handle_link_opened(now);
    }

    pub(super) fn link_closed(&mut self, now: Now, shared: &mut Shared, closing: Closing) {
        let code = closing.code.unwrap_or_default();
        let meaning = close_code_meaning(code);
        self.note(
            now,
            Text::owned(
                format!("WebSocket closed: {code} {meaning} {}", closing.reason),
                format!("WebSocket 已关闭：{code} {meaning} {}", closing.reason),
            ),
            Bytes::new(),
            None,
        );
        let was_opening = self.connection.state == ConnectionState::Opening;
        self.link = Link::Closed;
        if was_opening {
            let failure = self.not_opened(now, shared, closing);
            self.fail(now, failure);
            return;
        }
        self.closing = closing;
        self.session.handle_link_closed(now);
        self.pump(now, shared);
    }

    pub(in crate::engine) fn handle_rejected(
        &mut self,
        now: Now,
        shared: &mut Shared,
        link: LinkId,
        error: &LinkError,
    ) {
        if self.link() != Some(link) {
            return;
        }
        self.link = Link::Closed;
        let detail = failure::link_error(error);
        self.fail(
            now,
            failure::with_detail(FailureClass::BadUrl, &detail, Closing::default(), 0),
        );
        self.pump(now, shared);
    }

    /// Ends a connection that cannot go on, for a reason the session does not know.
    pub(super) fn break_off(
        &mut self,
        now: Now,
        shared: &mut Shared,
        class: FailureClass,
        closing: Closing,
    ) {
        let after = self.elapsed_ms(now);
        self.close_link(now, shared);
        self.session.handle_link_closed(now);
        // What the session makes of it is not the reason.
        while self.session.poll_event().is_some() {}
        self.fail(now, failure::of_class(class, closing, after));
    }

    pub(super) fn close_link(&mut self, now: Now, shared: &mut Shared) {
        match std::mem::replace(&mut self.link, Link::Closed) {
            Link::Closed => {}
            Link::Socket { link, .. } => shared.effects.push_back(Effect::CloseLink { link }),
            Link::InPage => {
                if let Some(in_page) = &mut self.in_page {
                    in_page.close(now);
                }
            }
        }
    }

    pub(super) fn fail(&mut self, now: Now, failure: Failure) {
        self.connection.failure = Some(failure);
        self.go_offline(now);
    }

    pub(super) fn go_offline(&mut self, now: Now) {
        self.set_state(now, ConnectionState::Offline);
        if self.ledger.handle_disconnect() {
            self.dirty.ledger = true;
        }
        self.answers.handle_disconnect();
        self.dirty.reports |= self.reports.handle_disconnect();
        self.dirty.subscriptions = true;
        self.dirty.plan = true;
    }

    pub(super) fn set_state(&mut self, now: Now, state: ConnectionState) {
        self.connection.state = state;
        self.connection.since = now.unix;
        self.dirty.connection = true;
    }

    pub(super) fn elapsed_ms(&self, now: Now) -> u64 {
        u64::try_from((now.instant - self.began).as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) fn not_opened(&self, now: Now, shared: &Shared, closing: Closing) -> Failure {
        let after = now.instant - self.began;
        failure::not_opened(self.endpoint.as_ref(), shared.page.https, closing, after)
    }
}
