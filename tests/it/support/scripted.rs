//! A server on loopback that answers from a script and remembers what it was asked.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use autopilot_provider::graph::signin::TokenSource;
use autopilot_provider::graph::{Graph, GraphSettings, Json};
use axum::body::{Body, to_bytes};
use futures_util::StreamExt;
use http::{HeaderMap, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use parking_lot::Mutex;
use tokio::net::TcpListener;

/// What the server does with one request.
#[derive(Debug, Clone)]
pub(crate) enum ScriptedAnswer {
    /// Answers with status, headers and body.
    Give(u16, Vec<(&'static str, String)>, Json),
    /// Takes the request and closes the connection.
    Lost,
    /// Answers with this status and a body that never ends.
    Endless(u16),
    /// Answers with this status and a body that never ends and is small on the wire: compressed blanks.
    Bomb(u16),
    /// Announces a body and closes the connection in its middle.
    Truncated,
    /// Answers only after this time.
    After(Duration, Box<Self>),
}

/// `status` with a JSON body.
pub(crate) fn answer(status: u16, body: Json) -> ScriptedAnswer {
    ScriptedAnswer::Give(status, Vec::new(), body)
}

impl ScriptedAnswer {
    /// The same with a header.
    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        if let Self::Give(_, headers, _) = &mut self {
            headers.push((name, value.to_string()));
        }
        self
    }
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) at: Instant,
}

impl Asked {
    /// The body; null when it is no JSON.
    pub(crate) fn body(&self) -> Json {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

/// The server; it stops when dropped.
pub(crate) struct Scripted {
    pub(crate) root: String,
    state: Arc<State>,
    task: tokio::task::JoinHandle<()>,
}

struct State {
    root: String,
    make: Box<dyn Fn(&Asked) -> ScriptedAnswer + Send + Sync>,
    asked: Mutex<Vec<Asked>>,
}

impl Scripted {
    /// Starts a server that gives these answers in order and 599 to whatever comes after. `{root}` in a body stands
    /// for its own address.
    pub(crate) async fn start(answers: impl IntoIterator<Item = ScriptedAnswer>) -> Self {
        let answers: Mutex<VecDeque<ScriptedAnswer>> = Mutex::new(answers.into_iter().collect());
        Self::answering(move |_| answers.lock().pop_front().unwrap_or(answer(599, Json::Null))).await
    }

    /// Starts a server that makes its answers up.
    pub(crate) async fn answering(make: impl Fn(&Asked) -> ScriptedAnswer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let root = format!("http://{}", listener.local_addr().expect("a bound socket has an address"));
        let state = Arc::new(State { root: root.clone(), make: Box::new(make), asked: Mutex::default() });
        let task = tokio::spawn(serve(listener, Arc::clone(&state)));
        Self { root, state, task }
    }

    /// A client of this server.
    pub(crate) fn graph(&self) -> Graph {
        self.graph_with(TokenSource::fixed("t-1"))
    }

    /// A client of this server with tokens from elsewhere.
    pub(crate) fn graph_with(&self, tokens: TokenSource) -> Graph {
        let settings = GraphSettings { root: self.root.clone(), ..GraphSettings::default() };
        Graph::new(&settings, tokens).expect("loopback is a good root")
    }

    /// What was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.state.asked.lock().clone()
    }

    /// How often it was asked so far.
    pub(crate) fn count(&self) -> usize {
        self.state.asked.lock().len()
    }

    /// Method and target of what was asked so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| format!("{} {}", asked.method, asked.target)).collect()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    while let Ok((socket, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        let service = hyper::service::service_fn(move |request: Request<hyper::body::Incoming>| {
            let state = Arc::clone(&state);
            async move { state.answer(request.map(Body::new)).await }
        });
        tokio::spawn(async move {
            let _ = auto::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(socket), service)
                .await;
        });
    }
}

/// A megabyte of blanks, as a part of a deflated stream that needs nothing before it and ends nothing.
fn compressed_blanks() -> Vec<u8> {
    let blanks = vec![b' '; 1 << 20];
    let mut compressed = Vec::with_capacity(1 << 16);
    let mut deflate = flate2::Compress::new(flate2::Compression::best(), false);
    deflate
        .compress_vec(&blanks, &mut compressed, flate2::FlushCompress::Full)
        .expect("blanks can be compressed");
    compressed
}

/// The header of a gzip file (RFC 1952).
const GZIP: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

impl State {
    async fn answer(&self, request: Request<Body>) -> io::Result<Response<Body>> {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, usize::MAX).await.map_err(io::Error::other)?;
        let asked = Asked {
            method: parts.method.to_string(),
            target: parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
            headers: parts.headers,
            text: String::from_utf8(body.to_vec()).map_err(io::Error::other)?,
            at: Instant::now(),
        };
        let mut next = (self.make)(&asked);
        self.asked.lock().push(asked);
        while let ScriptedAnswer::After(time, then) = next {
            tokio::time::sleep(time).await;
            next = *then;
        }
        match next {
            ScriptedAnswer::Give(status, headers, body) => {
                let mut response = Response::builder().status(status);
                for (name, value) in headers {
                    response = response.header(name, value);
                }
                let text = match body {
                    Json::Null => String::new(),
                    Json::String(text) => text,
                    body => body.to_string().replace("{root}", &self.root),
                };
                response.body(Body::from(text)).map_err(io::Error::other)
            }
            ScriptedAnswer::Endless(status) => {
                let noise = futures_util::stream::repeat_with(|| Ok::<_, io::Error>(vec![b' '; 1 << 20]));
                Response::builder().status(status).body(Body::from_stream(noise)).map_err(io::Error::other)
            }
            ScriptedAnswer::Bomb(status) => {
                let blanks = futures_util::stream::repeat(compressed_blanks()).map(Ok::<_, io::Error>);
                let header = futures_util::stream::iter([Ok(GZIP.to_vec())]);
                Response::builder()
                    .status(status)
                    .header("content-encoding", "gzip")
                    .body(Body::from_stream(header.chain(blanks)))
                    .map_err(io::Error::other)
            }
            ScriptedAnswer::Truncated => {
                let half = Body::from_stream(futures_util::stream::iter([
                    Ok("{\"id\":"),
                    Err(io::Error::other("cut off")),
                ]));
                Ok(Response::new(half))
            }
            ScriptedAnswer::Lost | ScriptedAnswer::After(..) => Err(io::Error::other("closed")),
        }
    }
}
