//! Errors cross as one kind of JavaScript error, whose message is the core's record as JSON.

pub(crate) fn to_js(error: lightcone::Error) -> napi::Error {
    napi::Error::from_reason(String::from_utf8_lossy(&error.to_json()))
}
