//! Runs the page of the bench in a headless browser and prints what it measured.
//!
//! ```text
//! CHROME=chromium cargo run --release --bin page -- FOLDER [--rounds 7] [--ms 60]
//! ```
//!
//! The folder holds the built page; `make bench` builds it. The page asks for its files on a free
//! port of loopback and posts its rates there. The browser has a profile of its own and is ended.

use std::{
    env, fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use codec_bench::table::{Measurements, Task};

/// A page that has not answered by then never will.
const PATIENCE: Duration = Duration::from_secs(600);

/// What the page posts: its rates, or why there are none.
type Answer = Result<String, String>;

fn main() -> Result<(), String> {
    let mut arguments = env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("which folder holds the page?")?);
    let (mut rounds, mut milliseconds) = ("7".to_owned(), "60".to_owned());
    while let Some(name) = arguments.next() {
        let value = arguments.next().unwrap_or_default();
        match name.as_str() {
            "--rounds" => rounds = value,
            "--ms" => milliseconds = value,
            _ => return Err(format!("unknown argument {name:?}")),
        }
    }
    let chrome = env::var("CHROME").map_err(|_| "CHROME names no browser".to_owned())?;
    let text = |error: std::io::Error| error.to_string();
    let listener = TcpListener::bind("127.0.0.1:0").map_err(text)?;
    let address = listener.local_addr().map_err(text)?;
    let (sender, answers) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (folder, sender) = (folder.clone(), sender.clone());
            // A browser opens connections that it says nothing on, so each gets a thread.
            thread::spawn(move || serve(&stream, &folder, &sender));
        }
    });

    let profile = env::temp_dir().join(format!("codec-bench-{}", std::process::id()));
    let mut browser = Command::new(&chrome)
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!(
            "http://{address}/index.html?rounds={rounds}&ms={milliseconds}"
        ))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{chrome}: {error}"))?;
    let answer = answers.recv_timeout(PATIENCE);
    let _ = browser.kill();
    let _ = browser.wait();
    let _ = fs::remove_dir_all(&profile);
    let rates = answer.map_err(|_| "the page did not answer".to_owned())??;

    let mut measurements = Measurements::default();
    for line in rates.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let [task, case, codec, rate] = cells[..] else {
            return Err(format!("not a rate: {line:?}"));
        };
        let task = Task::ALL.into_iter().find(|known| known.name() == task);
        let task = task.ok_or_else(|| format!("not a task: {line:?}"))?;
        let rate = rate.parse().map_err(|_| format!("not a rate: {line:?}"))?;
        measurements.add(task, case, codec, rate);
    }
    if measurements.is_empty() {
        return Err("the page measured nothing".to_owned());
    }
    print!("{}", measurements.tables());
    Ok(())
}

/// One request: a file of the page, or its answer.
fn serve(mut stream: &TcpStream, folder: &Path, answers: &mpsc::Sender<Answer>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let request = line.clone();
    let (method, target) = request.split_once(' ')?;
    let path = target.split(['?', ' ']).next()?;
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().ok()?;
            }
            Some(_) => {}
            None => break,
        }
    }
    let name = path.trim_start_matches('/');
    let (status, kind, body) = if method == "POST" {
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let body = String::from_utf8_lossy(&body).into_owned();
        let answer = if name == "rates" { Ok(body) } else { Err(body) };
        answers.send(answer).ok()?;
        ("204 No Content", "text/plain", Vec::new())
    } else if !name.contains("..")
        && let Ok(body) = fs::read(folder.join(name))
    {
        let kind = match name.rsplit('.').next() {
            Some("html") => "text/html",
            Some("js") => "text/javascript",
            Some("wasm") => "application/wasm",
            _ => "application/octet-stream",
        };
        ("200 OK", kind, body)
    } else {
        ("404 Not Found", "text/plain", Vec::new())
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )
    .ok()?;
    stream.write_all(&body).ok()
}
