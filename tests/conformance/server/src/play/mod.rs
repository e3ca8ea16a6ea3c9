//! Plays the server's part of one case on a port of its own, and remembers what came.

mod answer;
mod encode;
mod http1;
mod http2;
mod port;
mod request;
mod sending;
mod service;
mod tls;

use std::{
    collections::HashSet,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::{
    net::TcpListener,
    sync::{Notify, watch},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::case::{Case, Reading, Rule};
use port::Port;
pub(crate) use port::Ports;
pub(crate) use request::Request;
use service::Service;
pub(crate) use tls::Authority;

/// How long a client may take to close what it has left.
const CLOSING: Duration = Duration::from_secs(10);

/// One request and what became of its answer.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) request: Request,
    pub(crate) came: Instant,
    /// When the last of the answer went out, or the client had left.
    pub(crate) ended: Option<Instant>,
    /// The client closed the connection before the answer was done.
    pub(crate) left: bool,
    /// How many bytes of the answer's body went out.
    pub(crate) sent: usize,
}

/// What an instance remembers.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) heard: Vec<Heard>,
    /// What the case does not allow for.
    pub(crate) faults: Vec<String>,
    /// How often each rule was used.
    used: Vec<usize>,
    connections: usize,
    pub(crate) most_connections: usize,
    /// Answers under way.
    busy: usize,
    pub(crate) most_busy: usize,
}

/// What all connections of an instance share.
pub(crate) struct Shared {
    pub(crate) case: Case,
    /// How many real seconds a second of the client's clocks has.
    clock: f64,
    log: Mutex<Log>,
    places: watch::Sender<HashSet<String>>,
    changed: Notify,
    secure: Option<TlsAcceptor>,
    base: Arc<Port>,
}

/// One case under way.
pub(crate) struct Instance {
    pub(crate) shared: Arc<Shared>,
    stop: CancellationToken,
    tasks: TaskTracker,
    /// Our own server, if the case is about it.
    service: Option<Arc<Service>>,
    _closed: Port,
}

impl Shared {
    fn new(case: Case, clock: f64, secure: Option<TlsAcceptor>, base: Arc<Port>) -> Self {
        let (log, places, changed) = (Mutex::default(), watch::Sender::default(), Notify::new());
        Self { case, clock, log, places, changed, secure, base }
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn fault(&self, text: impl Into<String>) {
        self.log().faults.push(text.into());
    }

    /// Seconds on the client's clocks as they pass here.
    fn seconds(&self, seconds: f64) -> Duration {
        Duration::from_secs_f64((seconds * self.clock).max(0.0))
    }

    pub(crate) fn reach(&self, place: &str) {
        self.places.send_modify(|places| {
            places.insert(place.to_owned());
        });
    }

    /// Waits until someone has reached that place.
    pub(crate) async fn reached(&self, place: &str) {
        let mut places = self.places.subscribe();
        // The sender lives as long as this does.
        let _ = places.wait_for(|places| places.contains(place)).await;
    }

    /// The rule that answers the request, and how often it was used.
    fn rule<'a>(&'a self, request: &Request, log: &'a mut Log) -> Option<(&'a Rule, &'a mut usize)> {
        let line = request.line();
        log.used.resize(self.case.server.len(), 0);
        let fits = |rule: &Rule| rule.on == "*" || rule.on == line;
        self.case.server.iter().zip(&mut log.used).find(|(rule, used)| fits(rule) && (rule.times == 0 || **used < rule.times))
    }

    /// Bodies are not read as fast as they come: little is to be buffered.
    fn is_slow(&self) -> bool {
        self.case.server.iter().any(|rule| rule.reads.is_some())
    }

    /// How the body of the request is read, if not at once.
    fn reading(&self, request: &Request) -> Option<Reading> {
        self.rule(request, &mut self.log())?.0.reads.clone()
    }

    /// Writes the request down and finds the rule that answers it.
    fn hear(&self, request: Request) -> (usize, Option<Rule>) {
        let mut log = self.log();
        let rule = self.rule(&request, &mut log).map(|(rule, used)| {
            *used += 1;
            rule.clone()
        });
        if rule.is_none() {
            log.faults.push(format!("nothing answers {} (any more)", request.line()));
        }
        log.heard.push(Heard { request, came: Instant::now(), ended: None, left: false, sent: 0 });
        log.busy += 1;
        log.most_busy = log.most_busy.max(log.busy);
        (log.heard.len() - 1, rule)
    }

    fn answered(&self, number: usize, left: bool) {
        let mut log = self.log();
        log.busy -= 1;
        if let Some(heard) = log.heard.get_mut(number) {
            heard.left = left;
            if left || heard.ended.is_none() {
                heard.ended = Some(Instant::now());
            }
        }
        drop(log);
        self.changed.notify_waiters();
        self.reach("answered");
    }

    /// Notes the time before bytes go out: once they have, the client may go on before this
    /// side gets to look at the clock.
    fn sending(&self, number: usize) {
        if let Some(heard) = self.log().heard.get_mut(number) {
            heard.ended = Some(Instant::now());
        }
    }

    fn sent(&self, number: usize, count: usize) {
        if let Some(heard) = self.log().heard.get_mut(number) {
            heard.sent += count;
        }
    }

    fn connected(&self) {
        let mut log = self.log();
        log.connections += 1;
        log.most_connections = log.most_connections.max(log.connections);
    }

    fn disconnected(&self) {
        self.log().connections -= 1;
    }

    /// Waits until no answer is under way; says so if some stay.
    pub(crate) async fn idle(&self) {
        let idle = async {
            loop {
                let changed = self.changed.notified();
                if self.log().busy == 0 {
                    return;
                }
                changed.await;
            }
        };
        if tokio::time::timeout(CLOSING, idle).await.is_err() {
            let busy = self.log().busy;
            self.fault(format!("{busy} connection(s) left open {} s after the last step", CLOSING.as_secs()));
        }
    }
}

impl Instance {
    /// Begins to answer.
    pub(crate) async fn start(case: Case, clock: f64, ports: Ports, authority: &Authority) -> io::Result<Self> {
        let service = match &case.scripts {
            Some(scripts) => Some(Arc::new(Service::start(scripts, ports.service).await?)),
            None => None,
        };
        let secure = if ports.wire.tls { Some(authority.acceptor(ports.wire)?) } else { None };
        let base = Arc::new(ports.base);
        let shared = Arc::new(Shared::new(case, clock, secure, Arc::clone(&base)));
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        for (port, secure) in [(base, ports.wire.tls), (Arc::new(ports.other), false)] {
            let listener = port.listen(shared.is_slow())?;
            tasks.spawn(accept(port, listener, secure, Arc::clone(&shared), stop.clone(), tasks.clone()));
        }
        if let (Some(service), Some(_)) = (&service, &shared.case.restart_at) {
            tasks.spawn(stop.clone().run_until_cancelled_owned(restart(Arc::clone(service), Arc::clone(&shared))));
        }
        Ok(Self { shared, stop, tasks, service, _closed: ports.closed })
    }

    /// Our own server, if the case is about it.
    pub(crate) fn service(&self) -> Option<&Service> {
        self.service.as_deref()
    }

    /// Waits for the client to close what it left, and ends.
    pub(crate) async fn finish(&self) {
        self.shared.idle().await;
        if let Some(service) = &self.service {
            service.close().await;
        }
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Starts our own server again when the client has reached that place.
async fn restart(service: Arc<Service>, shared: Arc<Shared>) {
    let Some(place) = &shared.case.restart_at else { return };
    shared.reached(place).await;
    if let Err(error) = service.restart().await {
        shared.fault(format!("the server could not be started again: {error}"));
    }
    shared.reach("restarted");
}

async fn accept(
    port: Arc<Port>,
    mut listener: TcpListener,
    secure: bool,
    shared: Arc<Shared>,
    stop: CancellationToken,
    tasks: TaskTracker,
) {
    let mut told_to_leave = port.told_to_leave();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
            // The port's sender lives as long as this does.
            _ = told_to_leave.changed() => {
                drop(listener);
                let time = *told_to_leave.borrow_and_update();
                port.has_left();
                if stop.run_until_cancelled(tokio::time::sleep(time)).await.is_none() {
                    return;
                }
                match port.listen(shared.is_slow()) {
                    Ok(again) => listener = again,
                    Err(error) => return shared.fault(format!("nobody could listen again: {error}")),
                }
                continue;
            }
        };
        match accepted {
            Ok((socket, _)) => {
                let (shared, stop) = (Arc::clone(&shared), stop.clone());
                tasks.spawn(async move {
                    shared.connected();
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = http1::serve(socket, secure, &shared) => {}
                    }
                    shared.disconnected();
                });
            }
            Err(error) => shared.fault(format!("a connection could not be accepted: {error}")),
        }
    }
}
