//! A way to the broker that can be shut in either direction while it stays open.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// The two directions. What arrives at a shut one is swallowed.
#[derive(Default)]
struct Gates {
    up: AtomicBool,
    down: AtomicBool,
    ended: AtomicBool,
}

/// A running valve. Ended on drop.
pub struct Valve {
    port: u16,
    gates: Arc<Gates>,
}

impl Valve {
    /// Starts a valve in front of a port of loopback.
    pub fn start(target: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback can be bound");
        let port = listener
            .local_addr()
            .expect("a bound socket has an address")
            .port();
        let gates = Arc::<Gates>::default();
        thread::spawn({
            let gates = gates.clone();
            move || {
                for client in listener.incoming().map_while(Result::ok) {
                    if gates.ended.load(Ordering::Acquire) {
                        break;
                    }
                    let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, target)) else {
                        continue;
                    };
                    carry(&client, &server, &gates, |gates| &gates.up);
                    carry(&server, &client, &gates, |gates| &gates.down);
                }
            }
        });
        Self { port, gates }
    }

    /// What a browser connects to.
    pub fn url(&self) -> String {
        format!("ws://127.0.0.1:{}/mqtt", self.port)
    }

    /// Shuts or opens the way to the broker.
    pub fn shut_up(&self, shut: bool) {
        self.gates.up.store(shut, Ordering::Release);
    }

    /// Shuts or opens the way from the broker.
    pub fn shut_down(&self, shut: bool) {
        self.gates.down.store(shut, Ordering::Release);
    }
}

impl Drop for Valve {
    fn drop(&mut self) {
        self.gates.ended.store(true, Ordering::Release);
        // Wakes the listener, which then sees that it has ended.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

fn carry(from: &TcpStream, to: &TcpStream, gates: &Arc<Gates>, gate: fn(&Gates) -> &AtomicBool) {
    let (Ok(mut from), Ok(mut to)) = (from.try_clone(), to.try_clone()) else {
        return;
    };
    let gates = gates.clone();
    thread::spawn(move || {
        let mut piece = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut piece) {
            if !gate(&gates).load(Ordering::Acquire) && to.write_all(&piece[..count]).is_err() {
                break;
            }
        }
        // Either end's going away is the end of both.
        let _ = (to.shutdown(Shutdown::Both), from.shutdown(Shutdown::Both));
    });
}
