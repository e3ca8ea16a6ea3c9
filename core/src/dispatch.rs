//! The one door for bindings: an operation's name and bytes in, bytes or frames out.
//!
//! Parameters cross as one JSON object, wherever they stand in the request.
//! Settings cross as JSON, in the shapes of `ClientSettings` and `CallSettings` below.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{
    client::Client,
    config::{CallOptions, Config, DEFAULT_BASE_URL, Timeouts, time},
    error::{Error, ErrorKind},
    http::{Answer, ConnectionLimits, MaxConnections, Network, NetworkOptions, Pem, Request},
    operation::{COMPOSITES, Operation, WAIT},
    raw::ByteStream,
    scale::Scale,
    sse::FrameStream,
    tasks::{self, WaitParams},
};

/// A client's settings as they cross from a binding.
#[derive(Deserialize)]
struct ClientSettings {
    #[serde(default)]
    api_key: SecretString,
    base_url: Option<String>,
    #[serde(default)]
    timeout: Limits,
    /// In seconds; absent and null are both without limit.
    event_timeout: Option<f64>,
    max_retries: Option<u32>,
    /// By name; null removes.
    #[serde(default)]
    headers: Map<String, Value>,
    #[serde(default)]
    query: Map<String, Value>,
    /// An address.
    proxy: Option<SecretString>,
    ca_bundle: Option<Pem>,
    client_certificate: Option<ClientCertificate>,
    #[serde(default)]
    limits: ConnectionSettings,
    #[serde(default)]
    scale: Scale,
}

/// The key may stand in the same PEM as the certificate.
#[derive(Deserialize)]
struct ClientCertificate {
    cert: Pem,
    key: Option<Pem>,
}

/// Limits of connections: absent is the default, null is without limit. What is given as the
/// most connections holds for streams too.
#[derive(Default, Deserialize)]
struct ConnectionSettings {
    #[serde(default, deserialize_with = "present")]
    max_connections: Option<Option<usize>>,
    #[serde(default, deserialize_with = "present")]
    max_idle_connections: Option<Option<usize>>,
    /// In seconds.
    #[serde(default, deserialize_with = "present")]
    idle_timeout: Option<Option<f64>>,
}

impl ConnectionSettings {
    fn over(self, under: ConnectionLimits) -> Result<ConnectionLimits, Error> {
        Ok(ConnectionLimits {
            max_connections: match self.max_connections {
                None => under.max_connections,
                Some(None) => MaxConnections::Unlimited,
                Some(Some(most)) => MaxConnections::All(most),
            },
            max_idle_connections: self.max_idle_connections.unwrap_or(under.max_idle_connections),
            idle_timeout: self.idle_timeout.map_or(Ok(under.idle_timeout), |given| limit("idle", given))?,
        })
    }
}

/// A call's settings as they cross from a binding.
#[derive(Default, Deserialize)]
struct CallSettings {
    id: Option<String>,
    #[serde(default)]
    headers: Map<String, Value>,
    #[serde(default)]
    query: Map<String, Value>,
    timeout: Option<Limits>,
    /// In seconds: absent is the client's, null is without limit.
    #[serde(default, deserialize_with = "present")]
    event_timeout: Option<Option<f64>>,
    max_retries: Option<u32>,
    idempotency_key: Option<String>,
    /// Of a request of the caller's own.
    method: Option<String>,
    path: Option<String>,
}

/// The name by which a binding sends a request of the caller's own; its settings have a
/// `method` and a `path`.
const OWN_REQUEST: &str = "request";

/// Timeouts in seconds: absent is the default, or for a call the client's; null is without
/// limit.
#[derive(Clone, Copy, Default, Deserialize)]
struct Limits {
    #[serde(default, deserialize_with = "present")]
    connect: Option<Option<f64>>,
    #[serde(default, deserialize_with = "present")]
    read: Option<Option<f64>>,
    #[serde(default, deserialize_with = "present")]
    write: Option<Option<f64>>,
    #[serde(default, deserialize_with = "present")]
    pool: Option<Option<f64>>,
}

/// Tells null from absent.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl Limits {
    fn over(self, under: Timeouts) -> Result<Timeouts, Error> {
        let over = |name: &str, given: Option<Option<f64>>, under| given.map_or(Ok(under), |given| limit(name, given));
        Ok(Timeouts {
            connect: over("connect", self.connect, under.connect)?,
            read: over("read", self.read, under.read)?,
            write: over("write", self.write, under.write)?,
            pool: over("pool", self.pool, under.pool)?,
        })
    }
}

fn limit(name: &str, seconds: Option<f64>) -> Result<Option<Duration>, Error> {
    seconds.map(time).transpose().map_err(|wrong| {
        let text = format!("the {name} timeout is {wrong}; it must be 0 or more seconds, or none for no limit");
        Error::new(ErrorKind::Config, text)
    })
}

impl Client {
    /// A client from a binding's settings as JSON; reads nothing from the environment.
    ///
    /// # Errors
    /// `config` for settings that cannot be.
    pub fn from_json(settings: &[u8]) -> Result<Self, Error> {
        Self::with_config(config(settings)?)
    }

    /// Another client with its own settings over this one's connections, which stay as they
    /// are: what is said about the network does not count.
    ///
    /// # Errors
    /// `config` for settings that cannot be.
    pub fn sharing_json(&self, settings: &[u8]) -> Result<Self, Error> {
        self.sharing(config(settings)?)
    }

    /// Does the operation of that name and reads its whole answer. Dropping the future
    /// closes the connection.
    ///
    /// # Errors
    /// Every kind of [`ErrorKind`].
    pub async fn call_json(&self, operation: &str, settings: &[u8], params: Option<Bytes>) -> Result<Answer, Error> {
        if operation == WAIT.name {
            return self.wait_json(settings, params).await;
        }
        let (request, _) = self.request_from_json(operation, settings, params)?;
        self.answer(&request).await
    }

    /// Does the operation of that name, whose answer is a stream. Dropping the future
    /// closes the connection.
    ///
    /// # Errors
    /// Every kind of [`ErrorKind`].
    pub async fn open_json(&self, operation: &str, settings: &[u8], params: Option<Bytes>) -> Result<FrameStream, Error> {
        let (request, options) = self.request_from_json(operation, settings, params)?;
        self.open_frames(request, &options).await
    }

    /// Does the operation of that name and leaves the body of its answer to be read as
    /// bytes. Dropping the future closes the connection.
    ///
    /// # Errors
    /// Every kind of [`ErrorKind`].
    pub async fn open_raw_json(&self, operation: &str, settings: &[u8], params: Option<Bytes>) -> Result<ByteStream, Error> {
        let (request, options) = self.request_from_json(operation, settings, params)?;
        self.open_bytes(request, options).await
    }

    /// The whole address of a request of the caller's own, by its settings.
    ///
    /// # Errors
    /// `invalid_argument` for a path or a query that cannot be.
    pub fn url_json(&self, settings: &[u8]) -> Result<String, Error> {
        self.request_from_json(OWN_REQUEST, settings, None).map(|(request, _)| request.url.into())
    }

    /// Waits for the end of a task; the last answer of all, with the outcome for its body.
    async fn wait_json(&self, settings: &[u8], params: Option<Bytes>) -> Result<Answer, Error> {
        let settings: CallSettings = read(settings)?;
        let params = WaitParams::from_json(params.as_deref().unwrap_or(b"{}"))?;
        let id = settings.id.as_deref().unwrap_or_default();
        let (result, mut answer) = tasks::wait(self, id, params, &self.options(&settings)?).await?;
        answer.body = result.to_json().into();
        Ok(answer)
    }

    pub(crate) fn request_from_json(
        &self,
        operation: &str,
        settings: &[u8],
        params: Option<Bytes>,
    ) -> Result<(Request, CallOptions), Error> {
        let settings: CallSettings = read(settings)?;
        let options = self.options(&settings)?;
        if operation == OWN_REQUEST {
            let wrong = |text: String| Error::new(ErrorKind::InvalidArgument, text);
            let method = settings.method.unwrap_or_default();
            let method =
                Method::from_bytes(method.as_bytes()).map_err(|_| wrong(format!("{method:?} is no HTTP method such as \"GET\"")))?;
            return Ok((self.own_request(method, settings.path.as_deref().unwrap_or_default(), params, &options)?, options));
        }
        let composite = || COMPOSITES.iter().find(|composite| composite.name == operation);
        let operation = Operation::by_name(operation)
            .or_else(composite)
            .ok_or_else(|| Error::new(ErrorKind::InvalidArgument, format!("there is no operation {operation:?}")))?;
        Ok((self.request_for(operation, settings.id.as_deref(), params, &options)?, options))
    }

    fn options(&self, settings: &CallSettings) -> Result<CallOptions, Error> {
        let timeouts = settings.timeout.map(|limits| limits.over(self.timeouts())).transpose()?;
        Ok(CallOptions {
            headers: headers(settings.headers.clone()),
            query: settings.query.clone(),
            timeouts,
            event_timeout: settings.event_timeout.map(|given| limit("event", given)).transpose()?,
            max_retries: settings.max_retries,
            idempotency_key: settings.idempotency_key.clone(),
        })
    }
}

fn config(settings: &[u8]) -> Result<Config, Error> {
    let settings: ClientSettings = read(settings)?;
    let mut config = Config::new(settings.api_key.expose_secret(), settings.base_url.as_deref().unwrap_or(DEFAULT_BASE_URL))?;
    config.timeouts = settings.timeout.over(config.timeouts)?;
    config.event_timeout = limit("event", settings.event_timeout)?;
    config.max_retries = settings.max_retries.unwrap_or(config.max_retries);
    config.headers = headers(settings.headers);
    config.query = settings.query;
    config.network = Network::new(&NetworkOptions {
        proxy: settings.proxy,
        ca_bundle: settings.ca_bundle,
        client_certificate: settings.client_certificate.map(|given| (given.cert, given.key)),
        limits: settings.limits.over(ConnectionLimits::default())?,
    })?;
    config.scale = settings.scale;
    Ok(config)
}

fn headers(members: Map<String, Value>) -> Vec<(String, Option<String>)> {
    members
        .into_iter()
        .map(|(name, value)| {
            let text = match value {
                Value::Null => None,
                Value::String(text) => Some(text),
                other => Some(other.to_string()),
            };
            (name, text)
        })
        .collect()
}

/// The settings are a binding's own making, so an error here names no value: one may be a key.
fn read<T: DeserializeOwned>(settings: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(settings).map_err(|error| {
        let text = format!("the settings are not of the right shape (line {}, column {})", error.line(), error.column());
        Error::new(ErrorKind::Config, text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_checked() {
        for (settings, kind) in [
            ("{}", ErrorKind::Config),
            (r#"{"api_key":"sk_1","base_url":"nowhere"}"#, ErrorKind::Config),
            (r#"{"api_key":"sk_1","timeout":{"read":-1}}"#, ErrorKind::Config),
            (r#"{"api_key":"sk_1","timeout":{"write":-1}}"#, ErrorKind::Config),
            (r#"{"api_key":"sk_1","timeout":{"pool":1e300}}"#, ErrorKind::Config),
            (r#"{"api_key":"sk_1","timeout":{"connect":NaN}}"#, ErrorKind::Config),
            (r#"{"api_key":"sk_1","max_retries":-1}"#, ErrorKind::Config),
            (r#"{"api_key":"sk_1","proxy":"ftp://user:sk_1@host"}"#, ErrorKind::Config),
            (r#"{"api_key":"sk_1","ca_bundle":{"text":"sk_1"}}"#, ErrorKind::Config),
            (r#"{"api_key":"sk_1","client_certificate":{"cert":{"path":"/no/such/file"}}}"#, ErrorKind::Config),
            (r#"{"api_key":"sk_1","limits":{"max_connections":0}}"#, ErrorKind::Config),
            (r#"{"api_key":"sk_1","limits":{"idle_timeout":-1}}"#, ErrorKind::Config),
            (r#"{"api_key":"sk_1\nx"}"#, ErrorKind::InvalidArgument),
            (r#"{"api_key":"sk_1","headers":{"x a":"sk_1"}}"#, ErrorKind::InvalidArgument),
            (r#"{"api_key":"sk_1","headers":{"x-a":"sk_1\r\n"}}"#, ErrorKind::InvalidArgument),
        ] {
            let error = Client::from_json(settings.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), kind, "{settings}");
            assert!(!error.to_string().contains("sk_1"));
        }
    }

    #[test]
    fn absent_and_null_timeouts_differ() {
        let with = |text: &str| config(format!(r#"{{"api_key":"k","timeout":{text}}}"#).as_bytes()).unwrap().timeouts;
        assert_eq!(with("{}"), Timeouts::default());
        let second = Some(Duration::from_secs(1));
        let set = Timeouts { connect: Some(Duration::from_millis(500)), read: None, write: second, pool: second };
        assert_eq!(with(r#"{"read":null,"connect":0.5,"pool":1,"write":1}"#), set);
        // A call says what differs from its client.
        let client = Client::from_json(br#"{"api_key":"k","timeout":{"read":null,"connect":0.5,"pool":9}}"#).unwrap();
        let of_call = client.options(&read(br#"{"timeout":{"pool":1,"write":null}}"#).unwrap()).unwrap();
        assert_eq!(of_call.timeouts, Some(Timeouts { write: None, ..set }));
    }

    #[test]
    fn the_event_timeout_of_a_call_is_absent_or_off_or_a_limit() {
        let client = |text: &str| config(format!(r#"{{"api_key":"k"{text}}}"#).as_bytes()).map(|config| config.event_timeout);
        assert_eq!(client("").unwrap(), None);
        assert_eq!(client(r#","event_timeout":null"#).unwrap(), None);
        assert_eq!(client(r#","event_timeout":1.5"#).unwrap(), Some(Duration::from_millis(1500)));
        assert!(client(r#","event_timeout":-1"#).unwrap_err().to_string().contains("event timeout is -1"));
        let client = Client::from_json(br#"{"api_key":"k"}"#).unwrap();
        let of_call = |text: &str| client.options(&read(text.as_bytes()).unwrap()).unwrap().event_timeout;
        assert_eq!(of_call("{}"), None);
        assert_eq!(of_call(r#"{"event_timeout":null}"#), Some(None));
        assert_eq!(of_call(r#"{"event_timeout":2}"#), Some(Some(Duration::from_secs(2))));
    }

    /// A binding spawns them on its runtime.
    #[test]
    fn calls_can_move_between_threads() {
        fn movable(_: impl Send) {}
        let client = Client::from_json(br#"{"api_key":"k"}"#).unwrap();
        movable(client.call_json("pause", b"{}", None));
        movable(client.open_json("start_stream", b"{}", None));
        movable(client.open_raw_json("start_stream", b"{}", None));
    }

    /// A binding hands them from function to function on its host's stack, which may be small:
    /// of a mebibyte, JavaScript leaves a part.
    #[test]
    fn calls_are_small_to_hand_on() {
        let client = Client::from_json(br#"{"api_key":"k"}"#).unwrap();
        let sizes = [
            size_of_val(&client.call_json("pause", b"{}", None)),
            size_of_val(&client.open_json("start_stream", b"{}", None)),
            size_of_val(&client.open_raw_json("start_stream", b"{}", None)),
        ];
        assert!(sizes.iter().all(|size| *size <= 4096), "{sizes:?}");
    }

    #[test]
    fn a_request_of_ones_own_has_a_method_and_a_path() {
        let client = Client::from_json(br#"{"api_key":"k","base_url":"http://h/pre"}"#).unwrap();
        let request = |settings: &[u8]| client.request_from_json(OWN_REQUEST, settings, None).map(|(request, _)| request);
        let made = request(br#"{"method":"GET","path":"/x?a=1","query":{"b":[1,2]}}"#).unwrap();
        assert_eq!((made.method, made.url.as_str()), (Method::GET, "http://h/pre/x?a=1&b=1%2C2"));
        assert_eq!(client.url_json(br#"{"method":"GET","path":"x","query":{"b":{"c":null,"d":1}}}"#).unwrap(), "http://h/pre/x?b%5Bd%5D=1");
        for wrong in [&b"{}"[..], br#"{"method":"G ET","path":"/"}"#, br#"{"method":"GET","path":"http://other"}"#] {
            assert_eq!(request(wrong).unwrap_err().kind(), ErrorKind::InvalidArgument);
        }
    }

    #[test]
    fn no_key_is_in_a_clients_debug_text() {
        let client = Client::from_json(br#"{"api_key":"sk_secret"}"#).unwrap();
        assert!(!format!("{client:?}").contains("sk_secret"));
    }
}
