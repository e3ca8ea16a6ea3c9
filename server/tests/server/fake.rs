//! Computers that only remember what was done to them.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use lightcone_server::computer::{Action, Computer, ComputerError, Computers, Node, Page, Point, Viewport};

/// What of a computer outlives it.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) actions: Mutex<Vec<Action>>,
    pub(crate) looks: AtomicUsize,
    pub(crate) saving: AtomicBool,
    pub(crate) closed: AtomicBool,
    /// What was saved of the computers it goes on from.
    pub(crate) restored: String,
}

#[derive(Default)]
pub(crate) struct FakeComputers {
    /// Why none can be launched.
    pub(crate) unavailable: Option<String>,
    /// How long one takes to close.
    pub(crate) slow_close: Option<Duration>,
    /// How long one takes to save its state.
    pub(crate) slow_save: Option<Duration>,
    /// What their screens show, as PNG; by default nothing that can be looked at.
    pub(crate) picture: Option<Vec<u8>>,
    /// What the pages of those launched from now on consist of.
    pub(crate) nodes: Mutex<Vec<Node>>,
    pub(crate) launched: Mutex<HashMap<String, Arc<Memory>>>,
    pub(crate) viewports: Mutex<Vec<Viewport>>,
}

impl FakeComputers {
    pub(crate) fn count(&self) -> usize {
        self.launched.lock().unwrap().len()
    }

    pub(crate) fn memory(&self, id: &str) -> Arc<Memory> {
        Arc::clone(&self.launched.lock().unwrap()[id])
    }

    /// How many are not closed.
    pub(crate) fn open(&self) -> usize {
        self.launched.lock().unwrap().values().filter(|memory| !memory.closed.load(Ordering::SeqCst)).count()
    }
}

#[async_trait]
impl Computers for FakeComputers {
    async fn launch(&self, id: String, viewport: Viewport, saved: Option<&Path>) -> Result<Box<dyn Computer>, ComputerError> {
        if let Some(reason) = &self.unavailable {
            return Err(ComputerError::Unavailable(reason.clone()));
        }
        let state = saved.map(|folder| std::fs::read_to_string(folder.join("state")).unwrap()).unwrap_or_default();
        let memory = Arc::new(Memory { restored: state, ..Memory::default() });
        self.launched.lock().unwrap().insert(id.clone(), Arc::clone(&memory));
        self.viewports.lock().unwrap().push(viewport);
        let nodes = self.nodes.lock().unwrap().clone();
        let picture = self.picture.clone().unwrap_or_else(|| PNG.to_vec());
        Ok(Box::new(FakeComputer { id, viewport, memory, picture, nodes, slow_close: self.slow_close, slow_save: self.slow_save }))
    }
}

struct FakeComputer {
    id: String,
    viewport: Viewport,
    memory: Arc<Memory>,
    picture: Vec<u8>,
    nodes: Vec<Node>,
    slow_close: Option<Duration>,
    slow_save: Option<Duration>,
}

/// Scrolling by so much makes the computer fail in that way.
pub(crate) const CANNOT: f64 = 1.0;
pub(crate) const GONE: f64 = 2.0;
pub(crate) const PANIC: f64 = 3.0;
pub(crate) const HANG: f64 = 4.0;

#[async_trait]
impl Computer for FakeComputer {
    fn id(&self) -> &str {
        &self.id
    }

    async fn act(&self, action: &Action) -> Result<(), ComputerError> {
        self.memory.actions.lock().unwrap().push(action.clone());
        match action {
            Action::Scroll { delta_y, .. } if *delta_y == CANNOT => Err(ComputerError::Action("nothing to scroll".into())),
            Action::Scroll { delta_y, .. } if *delta_y == GONE => Err(ComputerError::Gone("the browser crashed".into())),
            Action::Scroll { delta_y, .. } if *delta_y == PANIC => panic!("a fault in the computer"),
            Action::Scroll { delta_y, .. } if *delta_y == HANG => std::future::pending().await,
            Action::Wait { ms } => {
                tokio::time::sleep(Duration::from_millis(*ms)).await;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    async fn screenshot(&self) -> Result<Vec<u8>, ComputerError> {
        Ok(self.picture.clone())
    }

    async fn page(&self) -> Result<Page, ComputerError> {
        self.memory.looks.fetch_add(1, Ordering::SeqCst);
        Ok(Page {
            url: "about:blank".into(),
            title: String::new(),
            nodes: self.nodes.clone(),
            viewport: self.viewport,
            scroll: Point(0.0, 0.0),
            content: (f64::from(self.viewport.width), f64::from(self.viewport.height)),
        })
    }

    async fn save(&self, folder: &Path) -> Result<(), ComputerError> {
        self.memory.saving.store(true, Ordering::SeqCst);
        if let Some(time) = self.slow_save {
            tokio::time::sleep(time).await;
        }
        let state = format!("{}{};", self.memory.restored, self.id);
        std::fs::write(folder.join("state"), state).map_err(|error| ComputerError::Gone(error.to_string()))
    }

    async fn close(&self) {
        if let Some(time) = self.slow_close {
            tokio::time::sleep(time).await;
        }
        self.memory.closed.store(true, Ordering::SeqCst);
    }
}

impl Drop for FakeComputer {
    fn drop(&mut self) {
        self.memory.closed.store(true, Ordering::SeqCst);
    }
}

/// One white pixel.
pub(crate) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU\x00\x00\x00\nIDATx\xdac\xf8\x0f\x00\x01\x01\x01\x00\x1c\xb0\x8c\x99\x00\x00\x00\x00IEND\xaeB`\x82";
