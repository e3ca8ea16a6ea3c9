//! A computer is what an agent sees and touches: a screen, a mouse, a keyboard.
//!
//! [`Computer`] is the trait, [`chromium`] its one implementation. Models never
//! reach around it: what they know of a page comes from [`Computer::page`] and
//! [`Computer::screenshot`], what they do goes through [`Computer::act`].

mod action;
pub mod chromium;
mod page;

pub use action::{Action, Point};
pub use page::{Node, Page, Rect, States};

use std::path::Path;

use async_trait::async_trait;

/// Width and height of a screen in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Viewport {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// Why a computer could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ComputerError {
    /// The machine lacks what a computer needs; a person has to change something.
    /// The text says what is missing and how to get it.
    #[error("{0}")]
    Unavailable(String),
    /// The action itself cannot be done (a point off the screen, an unknown key,
    /// a host that does not resolve); the computer is still usable.
    #[error("{0}")]
    Action(String),
    /// The computer is gone (crashed, hung, closed); its task cannot go on.
    #[error("{0}")]
    Gone(String),
}

/// One computer, used by one task at a time.
///
/// Every method may be dropped at any await point (a cancelled task does so) and
/// leaves the computer usable or [`ComputerError::Gone`]. Dropping the computer
/// ends whatever runs behind it; [`Computer::close`] waits until it has ended.
#[async_trait]
pub trait Computer: Send + Sync {
    /// What `started.computer_id` names.
    fn id(&self) -> &str;

    /// Does one action with the real mouse and keyboard, and returns when the
    /// screen has settled after it: no navigation in flight and no layout change
    /// for about 150 ms, with a hard cap for pages that never rest.
    async fn act(&self, action: &Action) -> Result<(), ComputerError>;

    /// The screen as a PNG file of exactly the viewport's size times the scale of its
    /// device. Places on it and on pages are in CSS pixels whatever the scale.
    async fn screenshot(&self) -> Result<Vec<u8>, ComputerError>;

    /// The page on the screen as an accessibility tree with places.
    async fn page(&self) -> Result<Page, ComputerError>;

    /// Ends the computer and writes to `folder`, which is there and empty, what
    /// [`Computers::launch`] needs to go on with the same cookies and storage.
    async fn save(&self, folder: &Path) -> Result<(), ComputerError>;

    /// Ends the computer and waits until nothing of it is left running. Harmless for
    /// one that has ended.
    async fn close(&self);
}

/// Makes computers: the engine asks it for one per task.
#[async_trait]
pub trait Computers: Send + Sync {
    /// A fresh computer, showing an empty page: with a fresh profile, or with the cookies
    /// and storage that [`Computer::save`] wrote to the folder `saved`.
    async fn launch(&self, id: String, viewport: Viewport, saved: Option<&Path>) -> Result<Box<dyn Computer>, ComputerError>;
}
