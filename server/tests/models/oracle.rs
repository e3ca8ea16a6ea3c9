//! Knows what to do next: follows the script of a task, with the page before its eyes.

use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use lightcone_server::computer::{Action, Computer, ComputerError, Computers, Node, Page, Viewport};

use crate::fake::{Intent, Target};

/// What the engine saw last.
#[derive(Clone, Default)]
pub(crate) struct Eyes(Arc<Mutex<Option<Page>>>);

/// Something on a page, by its role and its name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct On(pub(crate) &'static str, pub(crate) &'static str);

/// One step of a script. What it is aimed at is waited for and scrolled to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Click(On),
    DoubleClick(On),
    RightClick(On),
    Drag(On, On),
    Type(&'static str),
    Keys(&'static [&'static str]),
    /// All of them in one answer.
    Together(&'static [Step]),
    /// The end, with the first text that holds this.
    Tell(&'static str),
    /// The end.
    End,
}

/// A page has to show within so many looks what it is to show.
const MOST_LOOKS: usize = 20;

pub(crate) struct Oracle {
    eyes: Eyes,
    script: &'static [Step],
    looks: usize,
}

impl Oracle {
    pub(crate) fn new(script: &'static [Step], eyes: Eyes) -> Self {
        Self { eyes, script, looks: 0 }
    }

    /// What is to be done now.
    pub(crate) fn next(&mut self) -> Vec<Intent> {
        let Some((step, rest)) = self.script.split_first() else { return vec![Intent::Done("The script is at its end.".to_owned())] };
        let page = self.eyes.0.lock().unwrap().clone().expect("the engine looks before it asks");
        let steps = if let Step::Together(steps) = step { steps } else { std::slice::from_ref(step) };
        let intents: Result<Vec<Intent>, Before> = steps.iter().map(|step| intent(step, &page)).collect();
        match intents {
            Ok(intents) => {
                (self.script, self.looks) = (rest, 0);
                intents
            }
            Err(_) if self.looks == MOST_LOOKS => vec![Intent::Done(format!("The oracle cannot see {step:?}."))],
            Err(first) => {
                self.looks += 1;
                vec![match first {
                    Before::Wait => Intent::Wait,
                    Before::Scroll(down) => Intent::Scroll(down),
                }]
            }
        }
    }
}

/// What has to be done before a step can be.
enum Before {
    Wait,
    /// CSS pixels down.
    Scroll(f64),
}

/// What a step is on this page; else what has to be done before.
fn intent(step: &Step, page: &Page) -> Result<Intent, Before> {
    Ok(match step {
        Step::Click(on) => Intent::Click(target(*on, page)?),
        Step::DoubleClick(on) => Intent::DoubleClick(target(*on, page)?),
        Step::RightClick(on) => Intent::RightClick(target(*on, page)?),
        Step::Drag(from, to) => Intent::Drag(target(*from, page)?, target(*to, page)?),
        Step::Type(text) => Intent::Type((*text).to_owned()),
        Step::Keys(keys) => Intent::Keys(keys.iter().map(|key| (*key).to_owned()).collect()),
        Step::Tell(part) => {
            let told = page.nodes.iter().find(|node| node.role == "text" && node.name.contains(part));
            Intent::Done(told.ok_or(Before::Wait)?.name.clone())
        }
        Step::End => Intent::Done("The task is done.".to_owned()),
        Step::Together(_) => unreachable!("scripts have no groups in groups"),
    })
}

fn target(On(role, name): On, page: &Page) -> Result<Target, Before> {
    let is_it = |node: &&Node| node.role == role && node.name == name && node.bounds.is_some();
    let bounds = page.nodes.iter().find(is_it).and_then(|node| node.bounds).ok_or(Before::Wait)?;
    let (x, y) = (bounds.x + bounds.width / 2.0, bounds.y + bounds.height / 2.0);
    let height = f64::from(page.viewport.height);
    if !(0.0..height).contains(&y) {
        // In whole notches of a wheel, into the middle of the screen or near it.
        return Err(Before::Scroll(((y - height / 2.0) / 100.0).round() * 100.0));
    }
    Ok(Target { at: (x, y), role: role.to_owned(), name: name.to_owned() })
}

/// Lends one computer to one server after the other, and sees what they see.
pub(crate) struct Lender {
    pub(crate) computer: Arc<dyn Computer>,
    pub(crate) viewport: Viewport,
    pub(crate) eyes: Eyes,
}

#[async_trait]
impl Computers for Lender {
    async fn launch(&self, id: String, viewport: Viewport, _saved: Option<&Path>) -> Result<Box<dyn Computer>, ComputerError> {
        assert_eq!(viewport, self.viewport);
        Ok(Box::new(Lent { id, computer: Arc::clone(&self.computer), eyes: self.eyes.clone() }))
    }
}

struct Lent {
    id: String,
    computer: Arc<dyn Computer>,
    eyes: Eyes,
}

#[async_trait]
impl Computer for Lent {
    fn id(&self) -> &str {
        &self.id
    }

    async fn act(&self, action: &Action) -> Result<(), ComputerError> {
        self.computer.act(action).await
    }

    async fn screenshot(&self) -> Result<Vec<u8>, ComputerError> {
        self.computer.screenshot().await
    }

    async fn page(&self) -> Result<Page, ComputerError> {
        let page = self.computer.page().await?;
        *self.eyes.0.lock().unwrap() = Some(page.clone());
        Ok(page)
    }

    async fn save(&self, _folder: &Path) -> Result<(), ComputerError> {
        Err(ComputerError::Gone("a computer that is lent is not saved".to_owned()))
    }

    /// It is given back.
    async fn close(&self) {}
}
