//! Serves a folder of static files on loopback: what `make serve` ends in, and what the end-to-end
//! tests open.
//!
//! ```text
//! serve [FOLDER] [--port PORT] [--base /PATH/]
//! ```
//!
//! `FOLDER` is `dist` unless told; `PORT` is 8080, 0 means any free one; `/PATH/` is `/`. Prints
//! the address once it answers.

use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use tokio::net::TcpListener;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

fn main() -> ExitCode {
    match Options::parse(std::env::args().skip(1)).and_then(|options| serve(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("serve: {error}");
            ExitCode::FAILURE
        }
    }
}

struct Options {
    folder: PathBuf,
    port: u16,
    base: String,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, ServeError> {
        let mut options = Self {
            folder: "dist".into(),
            port: 8080,
            base: "/".to_owned(),
        };
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--port" => {
                    let port = arguments.next().unwrap_or_default();
                    options.port = port.parse().map_err(|_| ServeError::Port(port))?;
                }
                "--base" => {
                    let base = arguments.next().unwrap_or_default();
                    if !base.starts_with('/') || !base.ends_with('/') {
                        return Err(ServeError::Base(base));
                    }
                    options.base = base;
                }
                option if option.starts_with('-') => {
                    return Err(ServeError::Option(argument));
                }
                _ => options.folder = argument.into(),
            }
        }
        Ok(options)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn serve(options: &Options) -> Result<(), ServeError> {
    let Options { folder, port, base } = options;
    if !folder.join("index.html").is_file() {
        return Err(ServeError::Folder(folder.clone()));
    }
    let listener = TcpListener::bind(("127.0.0.1", *port))
        .await
        .map_err(|cause| ServeError::Bind { port: *port, cause })?;
    let address = listener.local_addr().map_err(ServeError::Run)?;

    let files = ServeDir::new(folder);
    let router = match base.as_str() {
        "/" => Router::new().fallback_service(files),
        base => Router::new().nest_service(base.trim_end_matches('/'), files),
    };
    // The browser asks again each time and is told that nothing changed: a rebuilt page is never
    // mixed with an old one.
    let router = router
        .layer(SetResponseHeaderLayer::overriding(
            CACHE_CONTROL,
            HeaderValue::from_static("no-cache"),
        ))
        .layer(SetResponseHeaderLayer::overriding(
            X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ));

    println!("Device Console: http://{address}{base} (Ctrl-C ends it)");
    axum::serve(listener, router).await.map_err(ServeError::Run)
}

enum ServeError {
    Option(String),
    Port(String),
    Base(String),
    Folder(PathBuf),
    Bind { port: u16, cause: std::io::Error },
    Run(std::io::Error),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option(option) => {
                write!(
                    f,
                    "unknown option {option}; serve [FOLDER] [--port PORT] [--base /PATH/]"
                )
            }
            Self::Port(port) => write!(f, "port {port:?} is not a number from 0 to 65535"),
            Self::Base(base) => write!(f, "base {base:?} does not start and end with a slash"),
            Self::Folder(folder) => {
                write!(
                    f,
                    "no index.html in {}: `make dist` builds it",
                    folder.display()
                )
            }
            Self::Bind { port, cause } if cause.kind() == std::io::ErrorKind::AddrInUse => {
                write!(f, "port {port} is taken; another one: PORT=8081 make serve")
            }
            Self::Bind { port, cause } => write!(f, "port {port} of 127.0.0.1: {cause}"),
            Self::Run(cause) => write!(f, "{cause}"),
        }
    }
}
