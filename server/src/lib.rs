//! The local Agent Tasks service.
pub mod computer;
pub mod model;
pub mod web;
