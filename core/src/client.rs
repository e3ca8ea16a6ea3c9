//! The client: settings, and the one way a call goes out.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::Method;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use crate::{
    config::{CallOptions, Config, DEFAULT_BASE_URL, Timeouts},
    error::{Error, ErrorKind},
    http::{
        Answer, Body, ConnectionLimits, Head, Network, NetworkOptions, Pem, Purpose, Request, Transport, address, headers::HeaderChanges,
        place,
    },
    operation::{self, Operation},
    scale::Scale,
    sse::{FrameStream, Opened},
    tasks::{self, Agent},
};

/// A client of the Agent Tasks API. Cheap to clone; clones share their connections.
///
/// ```no_run
/// # async fn example() -> Result<(), lightcone::Error> {
/// use lightcone::{Client, tasks::{Kind, StartParams}};
///
/// let client = Client::new()?;
/// let params = StartParams::new("Go to github.com and find the trending Python repositories").kind(Kind::Browser);
/// let task = client.agent().tasks().start(params).await?;
/// println!("{:?}", task.task_id);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client {
    config: Arc<Config>,
    transport: Arc<Transport>,
    /// Cancelled by [`Client::close`]; one for all that share their connections.
    closed: CancellationToken,
}

impl Client {
    /// A client with the settings of the environment: the key in `TZAFON_API_KEY`, and
    /// optionally the address in `LIGHTCONE_BASE_URL`.
    ///
    /// # Errors
    /// `config` when there is no key or the address is not one.
    pub fn new() -> Result<Self, Error> {
        Self::builder().build()
    }

    /// A client with settings of its own; what is not set comes from the environment.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    pub(crate) fn with_config(config: Config) -> Result<Self, Error> {
        config.check_headers()?;
        let transport = Transport::new(config.network.clone(), &config.base_url)?;
        Ok(Self { config: Arc::new(config), transport: Arc::new(transport), closed: CancellationToken::new() })
    }

    /// Other settings over the same connections, as far as these lead to the other address;
    /// what the settings say about the network does not count.
    pub(crate) fn sharing(&self, config: Config) -> Result<Self, Error> {
        config.check_headers()?;
        let transport = self.transport.for_other(&config.base_url)?.map_or_else(|| Arc::clone(&self.transport), Arc::new);
        Ok(Self { config: Arc::new(config), transport, closed: self.closed.clone() })
    }

    /// Everything about agents.
    pub fn agent(&self) -> Agent<'_> {
        Agent::new(self)
    }

    /// Ends what is under way, streams too: whoever waits for it gets a `closed` error, as
    /// do calls from now on, of this client and of all that share its connections. Idle
    /// connections close.
    pub fn close(&self) {
        self.closed.cancel();
        self.transport.close();
    }

    /// Does work that is of no use once the client is closed.
    pub(crate) async fn unless_closed<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let closed = |text| Err(Error::new(ErrorKind::Closed, text));
        if self.closed.is_cancelled() {
            return closed("the client is closed; make a new one");
        }
        self.closed.run_until_cancelled(work).await.unwrap_or_else(|| closed("the client was closed while the call was under way"))
    }

    /// The error of something that was opened and is closed: by itself, or with the client.
    pub(crate) fn closed_error(&self, what: &str) -> Error {
        let with = if self.closed.is_cancelled() { " with its client" } else { "" };
        Error::new(ErrorKind::Closed, format!("the {what} was closed{with}"))
    }

    /// Cancelled when something that was opened is closed, or the client is.
    pub(crate) fn closing(&self) -> CancellationToken {
        self.closed.child_token()
    }

    /// Sends a request and reads its whole answer.
    pub(crate) async fn answer(&self, request: &Request) -> Result<Answer, Error> {
        self.unless_closed(self.transport.call(request)).await
    }

    /// Sends a request until the head of a success has come.
    pub(crate) async fn head(&self, request: &Request) -> Result<(Head, Body), Error> {
        self.unless_closed(self.transport.open(request)).await
    }

    /// Does one operation and reads its whole answer.
    pub(crate) async fn call(
        &self,
        operation: &'static Operation,
        id: Option<&str>,
        params: Option<Bytes>,
        options: &CallOptions,
    ) -> Result<Answer, Error> {
        let request = self.request_for(operation, id, params, options)?;
        self.answer(&request).await
    }

    /// Does one operation whose answer is a stream.
    pub(crate) async fn open(
        &self,
        operation: &'static Operation,
        id: Option<&str>,
        params: Option<Bytes>,
        options: &CallOptions,
    ) -> Result<FrameStream, Error> {
        let request = self.request_for(operation, id, params, options)?;
        self.open_frames(request, options).await
    }

    pub(crate) async fn open_frames(&self, request: Request, options: &CallOptions) -> Result<FrameStream, Error> {
        let (head, body) = self.head(&request).await?;
        FrameStream::new(Opened { client: self.clone(), request, options: options.clone() }, head, body).await
    }

    pub(crate) fn timeouts(&self) -> Timeouts {
        self.config.timeouts
    }

    pub(crate) fn scale(&self) -> Scale {
        self.config.scale
    }

    /// How long a stream waits for each next event, before it is scaled.
    pub(crate) fn event_timeout(&self, options: &CallOptions) -> Option<Duration> {
        options.event_timeout.unwrap_or(self.config.event_timeout)
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.transport
    }

    /// The request of an operation.
    pub(crate) fn request_for(
        &self,
        operation: &'static Operation,
        id: Option<&str>,
        params: Option<Bytes>,
        options: &CallOptions,
    ) -> Result<Request, Error> {
        let path = address::path(operation.path, id)?;
        let placed = place(operation, params)?;
        let body = match placed.body {
            Some(body) if operation.repeat == operation::Repeat::Keyed => Some(tasks::with_key(&body, options.idempotency_key.as_deref())?),
            body => body,
        };
        let accept = match operation.answer {
            operation::Answer::Object(_) | operation::Answer::Page(_) => "application/json",
            operation::Answer::Events | operation::Answer::Outcome => "text/event-stream",
        };
        let question = match id {
            Some(_) if !operation.everywhere => Some(Box::new(self.request_for(&operation::RETRIEVE_STATUS, id, None, options)?)),
            _ => None,
        };
        let asked = Asked {
            method: operation.method.clone(),
            path,
            accept,
            headers: placed.headers,
            query: placed.query,
            body,
            repeat: operation.repeat,
            purpose: Some(Purpose { operation, task_id: id.map(str::to_owned), question }),
        };
        self.assemble(asked, options)
    }

    /// A request with the settings of the client and the call.
    pub(crate) fn assemble(&self, asked: Asked, options: &CallOptions) -> Result<Request, Error> {
        let scale = self.config.scale;
        let mut query = self.config.query.clone();
        query.extend(asked.query);
        query.extend(options.query.clone());
        let headers = asked.headers.into_iter().chain(options.headers.iter().cloned()).collect();
        let touches_count = |(name, _): &(String, Option<String>)| name.eq_ignore_ascii_case("x-stainless-retry-count");
        Ok(Request {
            method: asked.method,
            url: address::join(&self.config.base_url, &asked.path, &address::query(&query)?),
            headers: self.config.headers_for(asked.accept, asked.body.is_some(), &headers)?,
            own_retry_count: self.config.headers.iter().chain(&options.headers).any(touches_count),
            body: asked.body.unwrap_or_default(),
            timeouts: options.timeouts.unwrap_or(self.config.timeouts).scaled(scale.clock),
            event_timeout: self.event_timeout(options).map(|limit| scale.clock.of(limit)),
            max_retries: options.max_retries.unwrap_or(self.config.max_retries),
            backoff: scale.backoff,
            repeat: asked.repeat,
            purpose: asked.purpose,
        })
    }
}

/// What is asked of the server, before the settings of client and call are put in.
pub(crate) struct Asked {
    pub(crate) method: Method,
    /// Percent-encoded; it may have a query.
    pub(crate) path: String,
    pub(crate) accept: &'static str,
    pub(crate) headers: HeaderChanges,
    pub(crate) query: Map<String, Value>,
    pub(crate) body: Option<Bytes>,
    pub(crate) repeat: operation::Repeat,
    pub(crate) purpose: Option<Purpose>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base_url", &self.config.base_url.as_str()).finish_non_exhaustive()
    }
}

/// Settings of a [`Client`] to be.
#[derive(Clone, Default)]
#[must_use]
pub struct ClientBuilder {
    api_key: Option<secrecy::SecretString>,
    base_url: Option<String>,
    timeouts: Option<Timeouts>,
    event_timeout: Option<Duration>,
    max_retries: Option<u32>,
    options: CallOptions,
    network: NetworkOptions,
    scale: Scale,
}

impl ClientBuilder {
    /// The API key. Default: the environment's `TZAFON_API_KEY`.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(key.into().into());
        self
    }

    /// The service's address; a path in it leads every request's path.
    /// Default: the environment's `LIGHTCONE_BASE_URL`, else the hosted service.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// How long to wait for what. Default: 5 s for a connection to be made, else 60 s.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = Some(timeouts);
        self
    }

    /// How long to wait for each next event of a stream, although other bytes such as
    /// pings come: past it the stream fails with `timeout` and its task's id. The time in
    /// which the events there are wait to be taken does not count. Default: no limit.
    pub fn event_timeout(mut self, limit: Option<Duration>) -> Self {
        self.event_timeout = limit;
        self
    }

    /// How often a request is sent again at most, and how often a stream is taken up again
    /// in a row without an event; 0 turns both off. Default: 2.
    pub fn max_retries(mut self, times: u32) -> Self {
        self.max_retries = Some(times);
        self
    }

    /// A header that every request carries.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options = self.options.header(name, value);
        self
    }

    /// A query parameter that every request carries.
    pub fn query(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.options = self.options.query(name, value);
        self
    }

    /// Sends everything through this HTTP or HTTPS proxy, such as `http://user:password@proxy:3128`.
    /// Default: the environment's `HTTPS_PROXY`, `HTTP_PROXY` and `ALL_PROXY`, in either
    /// case, except to this machine and to what `NO_PROXY` names; a proxy given here goes
    /// before all of these.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.network.proxy = Some(url.into().into());
        self
    }

    /// Trusts these certificates too, next to the platform's trust store or what the
    /// environment's `SSL_CERT_FILE` and `SSL_CERT_DIR` name in its place.
    pub fn ca_bundle(mut self, certificates: Pem) -> Self {
        self.network.ca_bundle = Some(certificates);
        self
    }

    /// Shows this certificate to servers that ask for one. Its key may stand in the same PEM.
    pub fn client_certificate(mut self, certificate: Pem, key: Option<Pem>) -> Self {
        self.network.client_certificate = Some((certificate, key));
        self
    }

    /// How many connections there are.
    pub fn limits(mut self, limits: ConnectionLimits) -> Self {
        self.network.limits = limits;
        self
    }

    /// How fast the client's time passes; for the conformance suite alone.
    #[doc(hidden)]
    pub fn time_scale(mut self, backoff: f64, clock: f64) -> Self {
        self.scale = Scale { backoff: backoff.into(), clock: clock.into() };
        self
    }

    /// Checks the settings and makes the client; nothing is sent and no thread started.
    ///
    /// # Errors
    /// `config` when there is no key, the address is not one, or another setting cannot be.
    pub fn build(self) -> Result<Client, Error> {
        use secrecy::ExposeSecret;
        let from_environment = |name| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        let api_key = self.api_key.or_else(|| from_environment("TZAFON_API_KEY").map(Into::into)).unwrap_or_default();
        let base_url = self.base_url.or_else(|| from_environment("LIGHTCONE_BASE_URL"));
        let mut config = Config::new(api_key.expose_secret(), base_url.as_deref().unwrap_or(DEFAULT_BASE_URL))?;
        config.timeouts = self.timeouts.unwrap_or_default();
        config.event_timeout = self.event_timeout;
        config.max_retries = self.max_retries.unwrap_or(config.max_retries);
        let agent = ("user-agent".to_owned(), Some(format!("Lightcone/Rust {}", crate::VERSION)));
        config.headers = std::iter::once(agent).chain(self.options.headers).collect();
        config.query = self.options.query;
        config.scale = self.scale;
        config.network = Network::new(&self.network)?;
        Client::with_config(config)
    }
}
