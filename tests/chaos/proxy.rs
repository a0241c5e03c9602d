//! A TCP proxy that cuts connections, each after a number of bytes that the test says.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// After how many bytes in a direction a connection is cut; `None` for never.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cut {
    /// From the client.
    pub up: Option<usize>,
    /// To the client.
    pub down: Option<usize>,
}

/// Says for every new connection when it is cut.
pub type Plan = Box<dyn FnMut() -> Cut + Send>;

struct Shared {
    plan: Mutex<Plan>,
    ended: AtomicBool,
    connections: AtomicUsize,
    cuts: AtomicUsize,
    /// What is left for the connections that stand.
    armed: Mutex<Cut>,
    open: Mutex<Vec<TcpStream>>,
}

/// A proxy on a free port of loopback. Dropping it cuts everything.
pub struct Proxy {
    pub port: u16,
    shared: Arc<Shared>,
}

impl Proxy {
    /// A proxy to a port of loopback.
    pub fn start(to: u16, plan: Plan) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("a bound socket").port();
        let shared = Arc::new(Shared {
            plan: Mutex::new(plan),
            ended: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
            cuts: AtomicUsize::new(0),
            armed: Mutex::default(),
            open: Mutex::new(Vec::new()),
        });
        std::thread::spawn({
            let shared = shared.clone();
            move || {
                for client in listener.incoming().map_while(Result::ok) {
                    if shared.ended.load(Ordering::Acquire) {
                        break;
                    }
                    accept(client, to, &shared);
                }
            }
        });
        Self { port, shared }
    }

    /// The plan for the connections to come.
    pub fn plan(&self, plan: impl FnMut() -> Cut + Send + 'static) {
        *self.shared.plan.lock().expect("nothing panics in it") = Box::new(plan);
    }

    /// Cuts what stands now when so many more bytes have passed in a direction.
    pub fn arm(&self, cut: Cut) {
        *self.shared.armed.lock().expect("no panic") = cut;
    }

    /// Connections that were cut as planned.
    pub fn cuts(&self) -> usize {
        self.shared.cuts.load(Ordering::Acquire)
    }

    /// Connections that were accepted.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Acquire)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Release);
        // Wakes the listener, which then sees that it has ended.
        let _ = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)));
        for stream in self.shared.open.lock().expect("no panic").drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn accept(client: TcpStream, to: u16, shared: &Arc<Shared>) {
    shared.connections.fetch_add(1, Ordering::AcqRel);
    let cut = (shared.plan.lock().expect("nothing panics in it"))();
    // A server that is not there is a connection that ends at once.
    let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, to)) else {
        return;
    };
    let halves = |stream: &TcpStream| {
        let _ = stream.set_nodelay(true);
        stream.try_clone().expect("a second handle")
    };
    {
        let mut open = shared.open.lock().expect("no panic");
        open.retain(|stream| stream.peer_addr().is_ok());
        open.extend([halves(&client), halves(&server)]);
    }
    let (client_2, server_2) = (halves(&client), halves(&server));
    let (shared_up, shared_down) = (shared.clone(), shared.clone());
    std::thread::spawn(move || carry(client, server, cut.up, |armed| &mut armed.up, &shared_up));
    std::thread::spawn(move || {
        carry(
            server_2,
            client_2,
            cut.down,
            |armed| &mut armed.down,
            &shared_down,
        );
    });
}

/// Carries bytes until either end closes or the budget is spent; then both directions are over.
fn carry(
    mut from: TcpStream,
    mut to: TcpStream,
    budget: Option<usize>,
    direction: impl Fn(&mut Cut) -> &mut Option<usize>,
    shared: &Shared,
) {
    let mut buffer = [0; 16 * 1024];
    let mut left = budget;
    loop {
        if left == Some(0) {
            shared.cuts.fetch_add(1, Ordering::AcqRel);
            break;
        }
        let most = left.map_or(buffer.len(), |left| left.min(buffer.len()));
        let Ok(count @ 1..) = from.read(&mut buffer[..most]) else {
            break;
        };
        let allowed = {
            let mut armed = shared.armed.lock().expect("no panic");
            let left = direction(&mut armed);
            match *left {
                Some(bytes) if bytes < count => {
                    *left = None;
                    bytes
                }
                _ => {
                    *left = left.map(|bytes| bytes - count);
                    count
                }
            }
        };
        if to.write_all(&buffer[..allowed]).is_err() {
            break;
        }
        if allowed < count {
            shared.cuts.fetch_add(1, Ordering::AcqRel);
            break;
        }
        left = left.map(|left| left - count);
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
