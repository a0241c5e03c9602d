//! Processes that a test starts, and ends whatever happens.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// How long anything on this machine may take to come about.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A child process with its output read line by line. Dropping it ends the process, also when the
/// test panics.
pub struct Process {
    name: &'static str,
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Process {
    /// Starts `command`, whose standard output and standard error become the process's lines.
    pub fn start(name: &'static str, mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name} cannot be started: {error}"));
        let (sender, lines) = mpsc::channel();
        let outputs: [Box<dyn std::io::Read + Send>; 2] = [
            Box::new(child.stdout.take().expect("stdout is piped")),
            Box::new(child.stderr.take().expect("stderr is piped")),
        ];
        for output in outputs {
            let sender = sender.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    if sender.send(line).is_err() {
                        break;
                    }
                }
            });
        }
        Self {
            name,
            child,
            lines,
            seen: Vec::new(),
        }
    }

    /// The next line of output that `wanted` makes something of; lines before it are skipped.
    ///
    /// # Panics
    /// With all output when the process ends or [`PATIENCE`] does.
    pub fn expect_line<T>(&mut self, what: &str, wanted: impl Fn(&str) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self
                .lines
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                Ok(line) => {
                    let found = wanted(&line);
                    self.seen.push(line);
                    if let Some(found) = found {
                        return found;
                    }
                }
                Err(RecvTimeoutError::Timeout) => self.fail(&format!("did not say: {what}")),
                Err(RecvTimeoutError::Disconnected) => self.fail(&format!("ended before: {what}")),
            }
        }
    }

    /// The lines of output that were not looked at yet.
    pub fn lines(&mut self) -> Vec<String> {
        let lines: Vec<_> = self.lines.try_iter().collect();
        self.seen.extend(lines.iter().cloned());
        lines
    }

    fn fail(&self, what: &str) -> ! {
        panic!(
            "{} {what}\nits output:\n{}",
            self.name,
            self.seen.join("\n")
        )
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // An error means that it ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port of 127.0.0.1 that nobody listens on now.
pub fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .expect("loopback has a free port")
        .port()
}

/// Waits until something accepts connections on a port of 127.0.0.1.
pub fn wait_for_port(port: u16) {
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        assert!(Instant::now() < deadline, "nothing listens on port {port}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// An empty folder of its own for one use of one test.
pub fn scratch_folder(name: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!(
        "{name}-{}-{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    ));
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    folder
}

/// Asks again and again until there is an answer.
///
/// # Panics
/// When [`PATIENCE`] has an end, with `what`.
pub async fn eventually<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    match attempt(ask).await {
        Some(answer) => answer,
        None => panic!("in {PATIENCE:?} it did not come about: {what}"),
    }
}

/// Asks again and again until there is an answer, or [`PATIENCE`] has an end.
pub async fn attempt<T>(ask: impl AsyncFn() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await {
            return Some(answer);
        }
        if Instant::now() >= deadline {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}
