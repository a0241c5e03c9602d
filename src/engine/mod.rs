//! The engine: owns sessions, links, log, ledger and answer rules, and the simulated platform.
//! [`seam::Command`] in, [`seam::Update`] out; no DOM, no clock, no socket, so it runs natively in
//! tests.
//!
//! The driver's contract: after every input ([`Engine::handle_command`], [`Engine::handle_link`],
//! [`Engine::handle_network`], [`Engine::handle_timeout`]) carry out every [`Effect`], post the update that
//! [`Engine::poll_update`] gives, if any, and arm one timer for [`Engine::poll_timeout`] and
//! [`Engine::poll_telling`].

mod charts;
mod compare;
mod decoder;
mod device;
mod failure;
mod filter;
mod flows;
mod inspect;
mod latency;
mod ledger;
mod log;
pub mod pace;
mod plan;
mod random;
pub mod seam;
mod store;
mod template;
mod topics;

use std::collections::{BTreeMap, HashMap, VecDeque};

use bytes::Bytes;

use crate::platform::{self, Dialect};
use crate::time::{Instant, Now};
use crate::transport::{LinkError, LinkEvent};
use decoder::Decoder;
use device::Device;
use random::{Nonces, Random};
use seam::{
    Command, DeviceCommand, DeviceId, DeviceUpdate, Hello, MAX_DEVICES, PageFacts, SEAM_VERSION,
    Update,
};

pub use store::{Batch, Claim, StoreError, StoreKey, StoreTicket, outlived};

/// One attempt to reach a server. Never used twice, so that an old socket's last words are not
/// taken for the new one's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinkId(u64);

/// Something that the driver does for the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Open a WebSocket and report what happens to it under this id.
    OpenLink {
        /// The link's id.
        link: LinkId,
        /// The URL, already checked.
        url: String,
        /// The sub-protocol to ask for.
        sub_protocol: String,
    },
    /// Send one binary message.
    Send {
        /// The link.
        link: LinkId,
        /// The message: exactly one control packet.
        bytes: Bytes,
    },
    /// Close the link. Nothing that it still reports is of interest.
    CloseLink {
        /// The link.
        link: LinkId,
    },
    /// Read every record under a key, in the order of their numbers, and answer with
    /// [`Engine::handle_loaded`].
    Load {
        /// Goes back with the answer.
        ticket: StoreTicket,
        /// The key.
        key: StoreKey,
    },
    /// Ask the browser for a key, so that nobody else uses its records, and answer with
    /// [`Engine::handle_claimed`]. From then on [`Engine::handle_claim_lost`] says when another
    /// took it.
    Claim {
        /// Goes back with the answer.
        ticket: StoreTicket,
        /// The key.
        key: StoreKey,
        /// Whether another that has it is to lose it.
        take_over: bool,
    },
    /// Give a key back, after everything that was asked for it before.
    Release {
        /// The key.
        key: StoreKey,
    },
    /// Remove every record under a key, if nobody has it. There is no answer.
    Discard {
        /// The key.
        key: StoreKey,
    },
    /// Change the records under a key, and answer with [`Engine::handle_stored`] when that
    /// survives the end of the browser.
    Store {
        /// Goes back with the answer.
        ticket: StoreTicket,
        /// The key.
        key: StoreKey,
        /// The changes.
        batch: Batch,
    },
}

/// What every device shares: the page's facts, randomness, link numbers, effects to come.
struct Shared {
    dialects: &'static [&'static dyn Dialect],
    page: PageFacts,
    /// Whether the browser believes that it has a network.
    online: bool,
    random: Random,
    next_link: u64,
    nonces: Nonces,
    next_ticket: u64,
    tickets: HashMap<StoreTicket, DeviceId>,
    /// Which device uses which stored session.
    owners: HashMap<StoreKey, DeviceId>,
    /// Sessions that one device takes from another.
    moves: VecDeque<Move>,
    effects: VecDeque<Effect>,
}

/// A stored session goes from one device of this engine to another.
struct Move {
    key: StoreKey,
    /// Which device loses it; `None` where that keeps it, and the claim is refused.
    from: Option<DeviceId>,
    /// Of the claim of the device that it goes to.
    ticket: StoreTicket,
}

impl Shared {
    fn next_link(&mut self) -> LinkId {
        let link = LinkId(self.next_link);
        self.next_link = self.next_link.saturating_add(1);
        link
    }

    /// A new request of this device to the storage.
    fn ticket(&mut self, device: DeviceId) -> StoreTicket {
        let ticket = StoreTicket(self.next_ticket);
        self.next_ticket = self.next_ticket.saturating_add(1);
        self.tickets.insert(ticket, device);
        ticket
    }

    fn dialect(&self, id: &platform::DialectId) -> Option<&'static dyn Dialect> {
        self.dialects
            .iter()
            .copied()
            .find(|dialect| &dialect.declaration().id == id)
    }
}

/// The engine. See the module's documentation for the driver's contract.
pub struct Engine {
    shared: Shared,
    devices: BTreeMap<DeviceId, Device>,
    links: HashMap<LinkId, DeviceId>,
    /// The device whose last input is not wholly worked off, and when that came.
    unsettled: Option<(DeviceId, Now)>,
    decoder: Decoder,
    rendered: Option<(u64, Box<seam::Rendered>)>,
    comparison: Option<Box<seam::Comparison>>,
    greeted: bool,
    hello_owed: bool,
    last_update: u64,
    taken: u64,
}

impl Engine {
    /// An engine without devices, offering every dialect.
    pub fn new(now: Now) -> Self {
        Self::with_dialects(now, platform::all())
    }

    /// An engine without devices, offering these dialects.
    pub fn with_dialects(now: Now, dialects: &'static [&'static dyn Dialect]) -> Self {
        Self {
            shared: Shared {
                dialects,
                page: PageFacts::default(),
                online: true,
                random: Random::new(now.instant.as_micros()),
                next_link: 0,
                nonces: Nonces::default(),
                next_ticket: 0,
                tickets: HashMap::new(),
                owners: HashMap::new(),
                moves: VecDeque::new(),
                effects: VecDeque::new(),
            },
            devices: BTreeMap::new(),
            links: HashMap::new(),
            unsettled: None,
            decoder: Decoder::default(),
            rendered: None,
            comparison: None,
            greeted: false,
            hello_owed: false,
            last_update: 0,
            taken: 0,
        }
    }

    /// The page said something.
    pub fn handle_command(&mut self, now: Now, command: Command) {
        match command {
            Command::Hello { seam: _, page } => {
                self.shared.random = Random::new(page.seed);
                self.shared.page = page;
                self.greeted = true;
                self.hello_owed = true;
            }
            Command::Network { online } => self.handle_network(now, online),
            Command::Taken { update } => self.taken = self.taken.max(update),
            other => self.handle_request(now, other),
        }
    }

    /// What a start is without. Apart, so that its code is not a part of the start.
    #[inline(never)]
    fn handle_request(&mut self, now: Now, command: Command) {
        match command {
            Command::Hello { .. } | Command::Network { .. } | Command::Taken { .. } => {}
            Command::Device { device, command } => self.handle_device(now, device, command),
            Command::Forget { device } => {
                if let Some(mut device) = self.devices.remove(&device) {
                    device.end(now, &mut self.shared);
                }
                self.links.retain(|_, owner| *owner != device);
            }
            Command::Decode(request) => {
                let request = request.map(|request| *request);
                self.decoder.decode(now, self.shared.dialects, request);
            }
            Command::SelectDecoded(frame) => self.decoder.select(frame),
            Command::Compare(request) => {
                let compared = compare::compare(now, self.shared.dialects, &request);
                self.comparison = Some(Box::new(compared));
            }
            Command::Render {
                number,
                format,
                payload,
            } => {
                let rendered = crate::capture::payload::render(format, &payload);
                self.rendered = Some((number, Box::new(rendered)));
            }
        }
    }

    fn handle_device(&mut self, now: Now, id: DeviceId, command: DeviceCommand) {
        if let DeviceCommand::SetProfile(profile) = command {
            let is_full = self.devices.len() >= MAX_DEVICES;
            match self.devices.get_mut(&id) {
                Some(device) => device.set_profile(now, &mut self.shared, *profile),
                None if is_full => {}
                None => {
                    if let Some(device) = Device::new(now, &mut self.shared, id, *profile) {
                        self.devices.insert(id, device);
                    }
                }
            }
            return;
        }
        if let Some(device) = self.devices.get_mut(&id) {
            device.handle_command(now, &mut self.shared, command);
            self.note_link(id);
        }
        self.move_sessions(now);
    }

    /// Carries out what one device decided about another's session.
    fn move_sessions(&mut self, now: Now) {
        while let Some(Move { key, from, ticket }) = self.shared.moves.pop_front() {
            let claim = if from.is_some() {
                Claim::Granted
            } else {
                Claim::Held
            };
            if let Some(from) = from {
                if let Some(device) = self.devices.get_mut(&from) {
                    device.give_session_up(now, &mut self.shared, true);
                }
                self.note_link(from);
                self.shared.owners.remove(&key);
            }
            self.with_ticket(ticket, |device, shared| {
                device.handle_claimed(now, shared, ticket, claim);
            });
        }
    }

    /// What became of [`Effect::Claim`]. Returns whether the key is in use now: one that was granted
    /// and that nobody waits for any longer is to be given back.
    pub fn handle_claimed(
        &mut self,
        now: Now,
        ticket: StoreTicket,
        key: &StoreKey,
        claim: Claim,
    ) -> bool {
        self.with_ticket(ticket, |device, shared| {
            device.handle_claimed(now, shared, ticket, claim);
        });
        self.move_sessions(now);
        self.shared.owners.contains_key(key)
    }

    /// Another tab or window took a key that this engine had.
    pub fn handle_claim_lost(&mut self, now: Now, key: &StoreKey) {
        let Some(id) = self.shared.owners.get(key).copied() else {
            return;
        };
        if let Some(device) = self.devices.get_mut(&id) {
            device.give_session_up(now, &mut self.shared, false);
            self.note_link(id);
        }
        self.shared.owners.remove(key);
    }

    /// How much the socket of a link was given and has not passed on, in bytes. The driver says so
    /// whenever it has sent something, and before a command.
    pub fn handle_backlog(&mut self, link: LinkId, bytes: usize) {
        if let Some(device) = self
            .links
            .get(&link)
            .and_then(|id| self.devices.get_mut(id))
        {
            device.handle_backlog(bytes);
        }
    }

    /// Something happened to a link.
    pub fn handle_link(&mut self, now: Now, link: LinkId, event: LinkEvent) {
        while self.settle() {}
        let device = self.links.get(&link).copied();
        let mut left = false;
        self.with_link(link, |device, shared| {
            left = device.handle_link(now, shared, link, event);
        });
        self.unsettled = device.filter(|_| left).map(|device| (device, now));
    }

    /// Works off what the last input left for when its first effects are carried out. Returns
    /// whether there was anything.
    fn settle(&mut self) -> bool {
        let Some((id, now)) = self.unsettled.take() else {
            return false;
        };
        if let Some(device) = self.devices.get_mut(&id)
            && device.pump_until_sent(now, &mut self.shared)
        {
            self.unsettled = Some((id, now));
        }
        self.note_link(id);
        true
    }

    /// The browser refused to make the socket at all.
    pub fn handle_link_rejected(&mut self, now: Now, link: LinkId, error: &LinkError) {
        self.with_link(link, |device, shared| {
            device.handle_rejected(now, shared, link, error)
        });
    }

    fn with_link(&mut self, link: LinkId, handle: impl FnOnce(&mut Device, &mut Shared)) {
        let Some(id) = self.links.get(&link).copied() else {
            return;
        };
        if let Some(device) = self.devices.get_mut(&id) {
            handle(device, &mut self.shared);
            self.note_link(id);
        }
    }

    /// Keeps the table of links in step with the one link that a device has.
    fn note_link(&mut self, id: DeviceId) {
        let current = self.devices.get(&id).and_then(Device::link);
        self.links
            .retain(|link, device| *device != id || Some(*link) == current);
        if let Some(link) = current {
            self.links.insert(link, id);
        }
    }

    /// Random bytes from the browser, before anything else: what must not be guessed, such as the
    /// nonces of an authentication, is made from them.
    pub fn handle_entropy(&mut self, entropy: [u8; 32]) {
        self.shared.nonces = Nonces::new(entropy);
    }

    /// What the storage had for [`Effect::Load`].
    pub fn handle_loaded(
        &mut self,
        now: Now,
        ticket: StoreTicket,
        records: Result<Vec<Bytes>, StoreError>,
    ) {
        self.with_ticket(ticket, |device, shared| {
            device.handle_loaded(now, shared, ticket, records);
        });
    }

    /// What became of [`Effect::Store`].
    pub fn handle_stored(&mut self, now: Now, ticket: StoreTicket, result: Result<(), StoreError>) {
        self.with_ticket(ticket, |device, shared| {
            device.handle_stored(now, shared, ticket, result);
        });
    }

    fn with_ticket(&mut self, ticket: StoreTicket, handle: impl FnOnce(&mut Device, &mut Shared)) {
        let Some(id) = self.shared.tickets.remove(&ticket) else {
            return;
        };
        if let Some(device) = self.devices.get_mut(&id) {
            handle(device, &mut self.shared);
            self.note_link(id);
        }
    }

    /// The browser says whether it has a network. Where one came back, nothing is waited for any
    /// longer.
    pub fn handle_network(&mut self, now: Now, online: bool) {
        self.shared.online = online;
        if !online {
            return;
        }
        let ids: Vec<DeviceId> = self.devices.keys().copied().collect();
        for id in ids {
            if let Some(device) = self.devices.get_mut(&id) {
                device.handle_online(now, &mut self.shared);
            }
            self.note_link(id);
        }
        self.move_sessions(now);
    }

    /// A deadline given by [`Engine::poll_timeout`] passed. Calling it early does no harm.
    pub fn handle_timeout(&mut self, now: Now) {
        let ids: Vec<DeviceId> = self.devices.keys().copied().collect();
        for id in ids {
            if let Some(device) = self.devices.get_mut(&id) {
                device.handle_timeout(now, &mut self.shared);
            }
            self.note_link(id);
        }
        self.move_sessions(now);
    }

    /// When to call [`Engine::handle_timeout`] next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.devices.values().filter_map(Device::poll_timeout).min()
    }

    /// When [`Engine::poll_update`] has more to tell, if nothing happens before.
    pub fn poll_telling(&self) -> Option<Instant> {
        // A page that has not taken the last update is told more when it has.
        let listens = self.greeted && self.taken >= self.last_update;
        let telling = self.devices.values().filter_map(Device::poll_telling);
        telling.filter(|_| listens).min()
    }

    /// What the driver is to do next.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        while self.shared.effects.is_empty() && self.settle() {}
        self.shared.effects.pop_front()
    }

    /// What the page is told, if anything changed and the page has taken what it was told before.
    pub fn poll_update(&mut self, now: Now) -> Option<Update> {
        if !self.greeted || self.taken < self.last_update {
            return None;
        }
        let hello = std::mem::take(&mut self.hello_owed).then(|| Hello {
            seam: SEAM_VERSION,
            catalogue: self
                .shared
                .dialects
                .iter()
                .map(|dialect| dialect.declaration())
                .collect(),
            variables: template::VARIABLES.to_vec(),
        });
        let devices = if self.devices.is_empty() {
            Vec::new()
        } else {
            self.poll_devices(now)
        };
        let decoding = self.decoder.poll_decoding();
        let decoded_frame = self.decoder.poll_selected();
        let rendered = self.rendered.take();
        let comparison = self.comparison.take();
        let quiet = hello.is_none()
            && decoding.is_none()
            && decoded_frame.is_none()
            && rendered.is_none()
            && comparison.is_none();
        if quiet && devices.is_empty() {
            return None;
        }
        self.last_update = self.last_update.saturating_add(1);
        Some(Update {
            number: self.last_update,
            memory_bytes: 0,
            passing: None,
            hello,
            devices,
            decoding,
            decoded_frame,
            rendered,
            comparison,
        })
    }

    /// What is new about the devices. Apart, since a start has none that the engine knows.
    #[inline(never)]
    fn poll_devices(&mut self, now: Now) -> Vec<DeviceUpdate> {
        let shared = &mut self.shared;
        self.devices
            .values_mut()
            .map(|device| device.poll_update(now, shared))
            .filter(|update| !update.is_empty())
            .collect()
    }
}
