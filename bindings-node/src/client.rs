//! Calls and streams of one client.

use bytes::Bytes;
use lightcone::{Client, observe::told_to};
use napi::{
    Env,
    bindgen_prelude::{Buffer, PromiseRaw, Result},
};
use napi_derive::napi;

use crate::{
    cancellation::Cancellation,
    error::{guard, promise, to_js},
    log::Log,
    raw::NativeBody,
    stream::NativeStream,
};

/// A client of the core.
#[napi]
pub struct NativeClient {
    client: Client,
    log: Option<Log>,
}

/// The whole answer to a call.
#[napi(object, object_from_js = false)]
pub struct NativeAnswer {
    /// Status, headers and what else is known of it, as JSON.
    pub head: String,
    /// The body, as the server sent it.
    pub body: Buffer,
}

#[napi]
impl NativeClient {
    /// A client with these settings as JSON; nothing is sent and no thread started for it.
    /// What is told of its calls is kept, up to a bound, if `all_told` is there: everything, or
    /// (false) only what becomes of calls and streams.
    #[napi(constructor, catch_unwind)]
    pub fn new(settings: String, all_told: Option<bool>) -> Result<Self> {
        let client = guard(|| Client::from_json(settings.as_bytes()).map_err(to_js))?;
        Ok(Self { client, log: all_told.map(Log::new) })
    }

    /// What was told since the last time, as a JSON array; null if nothing was.
    #[napi(catch_unwind)]
    pub fn records(&self) -> Option<String> {
        self.log.as_ref()?.take()
    }

    /// Ends what is under way over its connections, whichever client it was asked of, and closes them.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.client.close();
    }

    fn listener(&self) -> Option<tracing::Dispatch> {
        self.log.as_ref().map(Log::listener)
    }

    /// Does the operation of that name and reads its whole answer.
    #[napi(catch_unwind)]
    pub fn call<'env>(
        &self,
        env: &'env Env,
        operation: String,
        settings: String,
        body: Option<String>,
        cancellation: &Cancellation,
    ) -> Result<PromiseRaw<'env, NativeAnswer>> {
        let (client, listener) = (self.client.clone(), self.listener());
        let call = async move { client.call_json(&operation, settings.as_bytes(), body.map(Bytes::from)).await };
        let call = cancellation.over(told_to(listener, call));
        promise(env, async move {
            let answer = call.await?;
            let head = String::from_utf8_lossy(&answer.head.to_json()).into_owned();
            Ok(NativeAnswer { head, body: Vec::from(answer.body).into() })
        })
    }

    /// Does the operation of that name, whose answer is a stream.
    #[napi(catch_unwind)]
    pub fn open<'env>(
        &self,
        env: &'env Env,
        operation: String,
        settings: String,
        body: Option<String>,
        cancellation: &Cancellation,
    ) -> Result<PromiseRaw<'env, NativeStream>> {
        let (client, listener) = (self.client.clone(), self.listener());
        let open = async move { client.open_json(&operation, settings.as_bytes(), body.map(Bytes::from)).await };
        let open = cancellation.over(told_to(listener, open));
        promise(env, async move { open.await.map(NativeStream::new) })
    }

    /// Does the operation of that name and leaves the body of its answer to be read.
    #[napi(catch_unwind)]
    pub fn open_raw<'env>(
        &self,
        env: &'env Env,
        operation: String,
        settings: String,
        body: Option<String>,
        cancellation: &Cancellation,
    ) -> Result<PromiseRaw<'env, NativeBody>> {
        let (client, listener) = (self.client.clone(), self.listener());
        let open = async move { client.open_raw_json(&operation, settings.as_bytes(), body.map(Bytes::from)).await };
        let open = cancellation.over(told_to(listener, open));
        promise(env, async move { open.await.map(NativeBody::new) })
    }

    /// Another client with its own settings over this one's connections; `all_told` as in `new`.
    #[napi(catch_unwind)]
    pub fn sharing(&self, settings: String, all_told: Option<bool>) -> Result<Self> {
        let client = guard(|| self.client.sharing_json(settings.as_bytes()).map_err(to_js))?;
        Ok(Self { client, log: all_told.map(Log::new) })
    }

    /// The whole address of a request of the program's own.
    #[napi(catch_unwind)]
    pub fn url(&self, settings: String) -> Result<String> {
        guard(|| self.client.url_json(settings.as_bytes()).map_err(to_js))
    }
}
