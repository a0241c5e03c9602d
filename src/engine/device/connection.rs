//! Making links and ending them, and why they could not be made or ended.

use std::time::Duration;

use bytes::Bytes;

use super::{Device, Link};
use crate::engine::failure::{self, Closing};
use crate::engine::seam::{Cause, ConnectionState, FailureStage, PlanView, Target};
use crate::engine::{Effect, LinkId, Shared, plan};
use crate::mqtt::{ProtocolVersion, ReasonCode, Severity};
use crate::platform::{ConnectPlan, Finding, Text};
use crate::session::doctor::{self, Diagnosis, Facts, Known};
use crate::session::{Decision, Ended, Ending, Farewell, SessionError, StopReason};
use crate::time::Now;
use crate::transport::{
    Endpoint, LinkError, LinkEvent, SUB_PROTOCOL, check_url, close_code_meaning,
};

/// How long a socket may take to open before the attempt is given up.
const OPEN_TIMEOUT: Duration = Duration::from_secs(15);

impl Device {
    pub(super) fn connect(&mut self, now: Now, shared: &mut Shared) {
        if self.is_linked() {
            return;
        }
        self.retry.at = None;
        self.connection.stopped = None;
        self.began = now.instant;
        self.log.handle_new_connection();
        let plan = self.plan(now, shared);
        self.version = plan.version;
        self.sub_protocol = None;
        let config = plan::config(&plan, &self.profile.connection);
        self.connect_plan = Some(plan.clone());
        let loads = self.prepare_session(now, shared, &plan, &config);
        if let Err(error) = self.session.reconfigure(config) {
            self.refuse_settings(now, &error);
            return;
        }
        if loads {
            self.set_state(now, ConnectionState::Opening);
            return;
        }
        self.want_automatic(now, plan.subscriptions.clone());
        match self.profile.target {
            Target::Simulated => {
                self.endpoint = None;
                self.sub_protocol = Some(SUB_PROTOCOL.to_owned());
                self.in_page(now).open(now);
                self.link = Link::InPage;
                self.set_state(now, ConnectionState::Handshake);
                self.prepare_authentication(shared);
                self.session.handle_link_opened(now);
            }
            Target::Broker => self.open_socket(now, shared, &plan),
        }
    }

    fn refuse_settings(&mut self, now: Now, error: &SessionError) {
        let detail = failure::session_error(error);
        let failure = failure::not_tried(Cause::Settings, &detail);
        self.fail(now, failure, Decision::Stop(StopReason::BadConfig));
    }

    pub(super) fn open_socket(&mut self, now: Now, shared: &mut Shared, plan: &ConnectPlan) {
        let url = plan.url.as_deref().unwrap_or_default();
        let endpoint = match check_url(url, shared.page.https) {
            Ok(endpoint) => endpoint,
            Err(error) => {
                let cause = match error {
                    LinkError::MixedContent { .. } => Cause::MixedContent,
                    _ => Cause::BadUrl,
                };
                self.fail_untried(now, cause, &error);
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

    fn fail_untried(&mut self, now: Now, cause: Cause, error: &LinkError) {
        let mut failure = failure::not_tried(cause, &failure::link_error(error));
        // A URL that is merely mistyped wants to be corrected; without one, the platform may offer
        // TCP alone.
        if matches!(error, LinkError::Empty | LinkError::Scheme { .. }) {
            failure.relay = self.dialect.tcp_endpoint().map(failure::relay);
        }
        self.fail(now, failure, Decision::Stop(StopReason::BadConfig));
    }

    /// Another has the session that this connection would use.
    pub(super) fn fail_held(&mut self, now: Now) {
        let diagnosis = Diagnosis::certain(Cause::SessionHeld);
        let stage = FailureStage::NotTried;
        let failure = failure::of(&diagnosis, Closing::default(), stage, Duration::ZERO);
        self.fail(now, failure, Decision::Stop(StopReason::BadConfig));
    }

    /// Another took the session of this connection.
    pub(super) fn fail_moved(&mut self, now: Now) {
        let diagnosis = Diagnosis::certain(Cause::SessionMoved);
        let after = now.instant - self.began;
        let stage = FailureStage::Connected;
        let failure = failure::of(&diagnosis, Closing::default(), stage, after);
        self.retry.wanted = false;
        self.fail(now, failure, Decision::Stop(StopReason::TakenOver));
    }

    pub(super) fn disconnect(&mut self, now: Now, shared: &mut Shared) {
        self.stop_waiting(now);
        match self.connection.state {
            ConnectionState::Offline | ConnectionState::Waiting { .. } => {}
            ConnectionState::Opening => {
                self.stop_loading();
                self.close_link(now, shared);
                self.set_state(now, ConnectionState::Offline);
                self.keep_session(now, shared);
            }
            _ => {
                let mqtt5 = &self.profile.connection.mqtt5;
                let farewell = Farewell {
                    code: if mqtt5.disconnect_with_will && self.version == ProtocolVersion::V5_0 {
                        ReasonCode::DISCONNECT_WITH_WILL
                    } else {
                        ReasonCode::NORMAL_DISCONNECTION
                    },
                    session_expiry_secs: mqtt5.disconnect_session_expiry_secs,
                };
                if let Err(error) = self.session.disconnect_with(now, farewell) {
                    self.tell(Severity::Error, failure::session_error(&error));
                    return;
                }
                self.set_state(now, ConnectionState::Closing);
                self.pump(now, shared);
            }
        }
    }

    /// Something happened to a link. Returns whether [`Device::pump`] is left to be called, after
    /// what there is to do now.
    pub(in crate::engine) fn handle_link(
        &mut self,
        now: Now,
        shared: &mut Shared,
        link: LinkId,
        event: LinkEvent,
    ) -> bool {
        if self.link() != Some(link) {
            return false;
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
                self.break_off(now, shared, Cause::TextMessage);
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
        self.pump_until_sent(now, shared)
    }

    pub(super) fn link_opened(&mut self, now: Now, shared: &mut Shared, protocol: &str) {
        let asked = self.connect_plan.as_ref().map(plan::sub_protocol);
        self.sub_protocol = Some(protocol.to_owned());
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
        if asked.is_some_and(|asked| protocol != asked) {
            self.break_off(now, shared, Cause::SubProtocol);
            return;
        }
        if let Link::Socket { open_by, .. } = &mut self.link {
            *open_by = None;
        }
        self.set_state(now, ConnectionState::Handshake);
        self.prepare_authentication(shared);
        self.session.handle_link_opened(now);
    }

    pub(super) fn link_closed(&mut self, now: Now, shared: &mut Shared, closing: Closing) {
        let code = closing.code.unwrap_or_default();
        let (meaning, reason) = (close_code_meaning(code), &closing.reason);
        let closed = match self.link {
            Link::InPage => Text::new(
                "the simulated platform closed the link",
                "模拟平台关闭了链路",
            ),
            _ => Text::owned(
                format!("WebSocket closed: {code} {} {reason}", meaning.en),
                format!("WebSocket 已关闭：{code} {} {reason}", meaning.zh),
            ),
        };
        self.note(now, closed, Bytes::new(), None);
        let was_opening = self.connection.state == ConnectionState::Opening;
        self.link = Link::Closed;
        if was_opening {
            self.fail_to_open(now, shared, closing);
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
        self.fail_untried(now, Cause::BadUrl, error);
        self.pump(now, shared);
    }

    /// Ends a connection that cannot go on, for a reason the session does not know.
    pub(super) fn break_off(&mut self, now: Now, shared: &mut Shared, cause: Cause) {
        let after = now.instant - self.began;
        let stage = match self.connection.state {
            ConnectionState::Connected { .. } => FailureStage::Connected,
            _ => FailureStage::Handshake,
        };
        self.close_link(now, shared);
        self.session.handle_link_closed(now);
        // What the session makes of it is not the reason.
        while self.session.poll_event().is_some() {}
        let diagnosis = Diagnosis::certain(cause);
        let failure = failure::of(&diagnosis, Closing::default(), stage, after);
        self.fail(now, failure, Decision::Stop(StopReason::ServerFault));
    }

    /// The socket never opened. Browsers do not say why, so the doctor names the likeliest cause
    /// and what else would look the same.
    pub(super) fn fail_to_open(&mut self, now: Now, shared: &mut Shared, closing: Closing) {
        let after = now.instant - self.began;
        let decision = self.retry.policy.not_opened(shared.random.next());
        let facts = self.facts(shared, &closing, after, None, Known::Nothing);
        let Some(diagnosis) = doctor::diagnose(&facts) else {
            return;
        };
        let mut failure = failure::of(&diagnosis, closing, FailureStage::Opening, after);
        let tcp = match (&self.endpoint, diagnosis.cause) {
            (Some(endpoint), Cause::TcpPort) => {
                Some(format!("{}:{}", endpoint.host, endpoint.port))
            }
            // On this machine the relay itself may be what does not run yet.
            (Some(endpoint), _) if endpoint.is_loopback() => {
                self.dialect.tcp_endpoint().map(str::to_owned)
            }
            _ => None,
        };
        failure.relay = tcp.as_deref().map(failure::relay);
        self.fail(now, failure, decision);
    }

    /// The session is done with its link.
    pub(super) fn fail_after_open(&mut self, now: Now, shared: &mut Shared, ended: &Ended) {
        let closing = std::mem::take(&mut self.closing);
        let known = self.known_of_connect(now, shared);
        let random = shared.random.next();
        let facts = self.facts(shared, &closing, ended.after, Some(ended), known);
        let blamed = facts.connect_to_blame();
        let decision = self.retry.policy.ended(ended, blamed, random);
        let mut facts = self.facts(shared, &closing, ended.after, Some(ended), known);
        if let Decision::Stop(reason) = decision {
            facts.stopped = Some(reason);
        }
        let Some(diagnosis) = doctor::diagnose(&facts) else {
            self.leave(now, decision);
            return;
        };
        let stage = failure::stage(ended.stage);
        let failure = failure::of(&diagnosis, closing, stage, ended.after);
        let codes = &self.declaration.codes;
        let mut failure = failure::with_ending(failure, ended, self.version, codes);
        failure.findings = self.remarks_on_refusal(now, shared, diagnosis.cause);
        let by_packet = matches!(
            ended.ending,
            Ending::Refused(_)
                | Ending::Malformed(_)
                | Ending::ProtocolError(_)
                | Ending::ServerDisconnected { .. }
                | Ending::AuthenticationFailed(_)
        );
        failure.frame = self.last_received.filter(|_| by_packet);
        self.fail(now, failure, decision);
    }

    fn facts<'a>(
        &'a self,
        shared: &Shared,
        closing: &Closing,
        after: Duration,
        ended: Option<&'a Ended>,
        connect: Known,
    ) -> Facts<'a> {
        let endpoint = self.endpoint.as_ref();
        let is_near = endpoint.is_some_and(Endpoint::is_loopback);
        Facts {
            target: doctor::Target {
                secure: endpoint.is_some_and(|endpoint| endpoint.secure),
                // The simulated platform is nowhere else.
                loopback: endpoint.is_none_or(|endpoint| endpoint.is_loopback()),
                port: endpoint.map_or(0, |endpoint| endpoint.port),
                path: endpoint.map_or("", |endpoint| &endpoint.path),
            },
            page_is_https: shared.page.https,
            online: shared.online,
            sub_protocol: self.sub_protocol.as_deref(),
            after,
            close_code: closing.code,
            ended,
            stopped: None,
            connect,
            relay: is_near && self.dialect.tcp_endpoint().is_some(),
        }
    }

    /// What speaks for or against the CONNECT that was sent.
    fn known_of_connect(&self, now: Now, shared: &mut Shared) -> Known {
        // A server that accepted it does not mind.
        if self.retry.accepted {
            return Known::Accepted;
        }
        let findings = self.remarks_on_refusal(now, shared, Cause::ClosedUponConnect);
        let is_broken = |finding: &Finding| finding.severity == Severity::Error;
        if findings.iter().any(is_broken) {
            Known::BreaksRule
        } else {
            Known::Nothing
        }
    }

    /// What in the last CONNECT explains that the server did not accept it.
    fn remarks_on_refusal(&self, now: Now, shared: &mut Shared, cause: Cause) -> Vec<Finding> {
        let Some(plan) = &self.connect_plan else {
            return Vec::new();
        };
        let identity = &self.profile.identity;
        let settings = &self.profile.connection;
        let request = plan::request(plan, settings);
        let mut findings = match cause {
            Cause::ClosedUponConnect | Cause::BehindRelay | Cause::Refused(_) => {
                plan::lint(self.dialect, &self.profile, plan)
            }
            _ => return Vec::new(),
        };
        let missing = self.profile.missing(&self.declaration.identity);
        plan::add_new(&mut findings, missing);
        plan::add_new(&mut findings, self.connects_beyond(now.instant));
        // What the form computes is right by itself; what was typed over it may hold the slip.
        let typed_over = !(settings.client_id.is_empty()
            && settings.user_name.is_empty()
            && settings.password.is_empty());
        if typed_over {
            let draw = self.draw(now, shared);
            plan::add_new(
                &mut findings,
                self.dialect.diagnose(identity, &request, &draw),
            );
        }
        findings
    }

    /// What will go into CONNECT, with what the platform's rules say about it.
    pub(super) fn plan_view(&self, now: Now, shared: &mut Shared) -> PlanView {
        let mut plan = self.plan(now, shared);
        let remarks = plan::lint(self.dialect, &self.profile, &plan);
        plan::add_new(&mut plan.findings, remarks);
        if !self.is_linked() {
            let beyond = self.too_many_connects(now.instant);
            plan::add_new(&mut plan.findings, beyond);
        }
        plan::view(plan)
    }

    pub(super) fn close_link(&mut self, now: Now, shared: &mut Shared) {
        match std::mem::replace(&mut self.link, Link::Closed) {
            Link::Closed => {}
            Link::Socket { link, .. } => self.emit(shared, Effect::CloseLink { link }),
            Link::InPage => {
                if let Some(in_page) = &mut self.in_page {
                    in_page.close(now);
                }
            }
        }
    }

    pub(super) fn set_state(&mut self, now: Now, state: ConnectionState) {
        self.connection.state = state;
        self.connection.since = now.unix;
        self.dirty.connection = true;
    }
}
