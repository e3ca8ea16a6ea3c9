//! What has been done for one goal, so that nothing is tried twice and every click
//! is seen to have had its effect.

use std::collections::HashSet;

use url::Url;

use super::answer::Answer;
use super::context::{called, context, key, menu};
use super::read::looks_like_results;
use super::target::Target;
use super::view::View;
use super::words::{Word, words};
use crate::computer::{Action, Point};
use crate::model::Planned;

/// The most actions for one goal; a goal that needs more goes round in circles.
const MOST_ACTIONS: usize = 40;

/// The most wheel turns to bring one thing into view.
const MOST_SCROLLS: usize = 4;

/// How long a page may take to show that a click had an effect, in looks and milliseconds.
const LOOKS: usize = 3;

/// How many looks a page gets that says it is loading.
const LOOKS_LOADING: usize = 25;

pub(super) const LOOK_AGAIN_MS: u64 = 400;

/// What a goal wants next.
pub(super) enum Step {
    /// Click a control: scroll to it first, see afterwards whether something changed.
    Click {
        /// The node.
        at: usize,
        /// For people.
        why: String,
    },
    /// Click into a field.
    Focus {
        /// The node.
        at: usize,
        /// For people.
        why: String,
    },
    /// Do this and look again.
    Act(Vec<Planned>),
    /// Do this, and see afterwards whether something changed.
    Try(Planned),
    /// Put words into the search field, then go on.
    Search(String),
    /// The goal is reached.
    Done(Option<Answer>),
    /// Nothing yet: look again in a moment.
    Look,
    /// Nothing is left to try on this page.
    Stuck,
}

/// What became of the last thing that was to change the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// There was none to wait for.
    Idle,
    /// The page is another one, or looks different.
    Changed,
    /// Nothing yet.
    Waiting,
    /// Nothing, and nothing more to wait for.
    Failed,
}

/// A control that was clicked and led somewhere.
struct Followed {
    words: Vec<Word>,
    called: String,
    /// The address it led to, without query and fragment.
    path: String,
    /// Whether that is another page: from a section that opened there is no way back.
    has_moved: bool,
}

/// A place to click, or the way there.
pub(super) enum Reach {
    At(Point),
    By(Planned),
}

struct Pending {
    before: u64,
    url: String,
    looks: usize,
    followed: Option<(Vec<Word>, String)>,
}

/// How far a search has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Search {
    /// The field is being filled.
    #[default]
    Filling,
    /// Enter was pressed in it.
    Entered,
    /// The button beside it was clicked.
    Clicked,
    /// The results are there; one of them is being opened.
    Opening,
}

/// The memory of one goal.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) tried: HashSet<String>,
    pub(super) last_clicked: Option<String>,
    followed: Vec<Followed>,
    pending: Option<Pending>,
    /// A change was seen, and a dialog had to be taken away before it could count.
    has_changed: bool,
    scrolls: usize,
    actions: usize,
    /// Pages that were looked at, for people.
    pub(super) places: Vec<String>,
    unseen: Option<Vec<Word>>,
    /// How often it went back from a page that led nowhere.
    pub(super) backs: usize,
    /// Addresses that were opened for a site.
    pub(super) opened: usize,
    /// How far a search has come.
    pub(super) search: Search,
    /// How often a field was clicked and typed into.
    pub(super) focused: usize,
    pub(super) typed: usize,
    /// How many nodes the page had before a search was typed.
    pub(super) nodes: Option<usize>,
    /// Whether the page's search was used on the way.
    pub(super) has_searched: bool,
    /// How far a deed has come, as it counts itself.
    pub(super) stage: usize,
    /// Whether the deed is done once what was last done has had its effect.
    pub(super) is_done: bool,
    /// How often something was looked for in vain.
    pub(super) looks: usize,
    /// How many things were opened to find something, and what the page was like at the last.
    pub(super) reveals: usize,
    pub(super) last_revealed: Option<u64>,
    /// How long the page was when it was scrolled to its end.
    pub(super) scrolled_at: Option<f64>,
    /// Whether that was opened which something is to be near.
    pub(super) is_open: bool,
    /// The field that was chosen, counted among the fields of the page.
    pub(super) field: Option<usize>,
    /// A label and a text, told apart by the page.
    pub(super) split: Option<(Target, String)>,
    /// The least and the most of a slider, and where it stood before the last key.
    pub(super) ends: (f64, f64),
    pub(super) last_value: Option<f64>,
}

impl Memory {
    /// Looks whether what was done had its effect.
    pub(super) fn settle(&mut self, view: &View<'_>, last_error: Option<&str>) -> Effect {
        let Some(mut pending) = self.pending.take() else {
            return if std::mem::take(&mut self.has_changed) { Effect::Changed } else { Effect::Idle };
        };
        if last_error.is_some() {
            return Effect::Failed;
        }
        if pending.before != view.fingerprint() {
            if let Some((words, called)) = pending.followed {
                let has_moved = pending.url != view.page.url;
                self.followed.push(Followed { words, called, path: path(&view.page.url), has_moved });
            }
            return Effect::Changed;
        }
        pending.looks += 1;
        if pending.looks >= LOOKS {
            return Effect::Failed;
        }
        self.pending = Some(pending);
        Effect::Waiting
    }

    /// The actions that click a control, or that scroll to it; `None` when it cannot be
    /// reached or too much has been done for this goal. Counts as tried from then on.
    pub(super) fn click(&mut self, view: &View<'_>, at: usize, why: &str) -> Option<Vec<Planned>> {
        let target = menu(view, at).unwrap_or(at);
        let point = match self.reach(view, target, &key(view, at))? {
            Reach::At(point) => point,
            Reach::By(scroll) => return Some(vec![scroll]),
        };
        self.tried.insert(key(view, at));
        self.last_clicked = Some(key(view, at));
        self.pending = Some(Pending {
            before: view.fingerprint(),
            url: view.page.url.clone(),
            looks: 0,
            followed: Some((words(&view.name(at)), called(view, at))),
        });
        let click = Planned { action: Action::Click { coordinates: point }, description: why.to_owned() };
        Some(if target == at { vec![click] } else { choose(view, target, at, click) })
    }

    /// The actions that click into a field, or that scroll to it.
    pub(super) fn focus(&mut self, view: &View<'_>, at: usize, why: &str) -> Option<Vec<Planned>> {
        self.focused += usize::from(view.point(at).is_some());
        self.press(view, at, why)
    }

    /// A click of which no change is expected, or the scrolling before it.
    fn press(&mut self, view: &View<'_>, at: usize, why: &str) -> Option<Vec<Planned>> {
        Some(vec![match self.reach(view, at, &key(view, at))? {
            Reach::At(coordinates) => Planned { action: Action::Click { coordinates }, description: why.to_owned() },
            Reach::By(scroll) => scroll,
        }])
    }

    /// Where to click a node, or how to bring it into view.
    pub(super) fn reach(&mut self, view: &View<'_>, at: usize, key: &str) -> Option<Reach> {
        self.count_action()?;
        // What a box of its own has scrolled out of sight comes by turning the wheel over that box.
        if let Some((coordinates, delta_y)) = view.way_inside(at).filter(|_| self.scrolls < MOST_SCROLLS) {
            self.scrolls += 1;
            let description = format!("{} is scrolled out of sight", called(view, at));
            return Some(Reach::By(Planned { action: Action::Scroll { coordinates, delta_x: 0.0, delta_y }, description }));
        }
        if let Some(point) = view.point(at) {
            self.scrolls = 0;
            return Some(Reach::At(point));
        }
        let (delta_x, delta_y) = view.way_to(at).unwrap_or_default();
        self.scrolls += 1;
        if self.scrolls > MOST_SCROLLS || (delta_x == 0.0 && delta_y == 0.0) {
            self.scrolls = 0;
            self.tried.insert(key.to_owned());
            return None;
        }
        let viewport = view.page.viewport;
        let coordinates = Point(f64::from(viewport.width / 2), f64::from(viewport.height / 2));
        let description = format!("{} lies outside the screen", called(view, at));
        Some(Reach::By(Planned { action: Action::Scroll { coordinates, delta_x, delta_y }, description }))
    }

    /// Notes that something is about to be done that should change the page.
    pub(super) fn expect_change(&mut self, view: &View<'_>) {
        self.pending = Some(Pending { before: view.fingerprint(), url: view.page.url.clone(), looks: 0, followed: None });
    }

    /// Counts an action; `None` when there were too many.
    pub(super) fn count_action(&mut self) -> Option<()> {
        self.actions += 1;
        (self.actions <= MOST_ACTIONS).then_some(())
    }

    /// Whether what is looked for may still come: the page is loading, or something was done
    /// on it just before. Counts the looks.
    pub(super) fn may_come(&mut self, view: &View<'_>, has_acted: bool) -> bool {
        let is_loading = view.all().any(|at| {
            let loads = || view.name(at).to_lowercase().starts_with("loading");
            view.role(at) == "progressbar" || (view.role(at) == "text" && view.is_drawn(at) && loads())
        });
        self.looks += 1;
        self.looks <= if is_loading { LOOKS_LOADING } else { LOOKS * usize::from(has_acted) }
    }

    /// Whether too much was done for this goal.
    pub(super) fn is_spent(&self) -> bool {
        self.actions > MOST_ACTIONS
    }

    /// The click that takes away what lies over the page. What it kept from having an
    /// effect may be tried again.
    pub(super) fn dismiss(&mut self, view: &View<'_>, at: usize, why: &str, effect: Effect) -> Option<Vec<Planned>> {
        let click = self.press(view, at, why)?;
        self.tried.insert(key(view, at));
        self.has_changed = effect == Effect::Changed;
        if let Some(covered) = self.last_clicked.take().filter(|_| effect == Effect::Failed) {
            self.tried.remove(&covered);
        }
        Some(click)
    }

    /// Remembers where was looked, and which of the words were seen there.
    pub(super) fn look(&mut self, view: &View<'_>, about: &[Word]) {
        let place = view.place();
        if self.places.contains(&place) {
            return;
        }
        self.places.push(place);
        let names = view.page.nodes.iter().map(|node| node.name.as_str());
        let shown = words(&names.chain([view.page.title.as_str()]).collect::<Vec<_>>().join(" "));
        let unseen = self.unseen.take().unwrap_or_else(|| about.to_vec());
        // Results repeat the words that were searched for.
        self.unseen = Some(unseen.into_iter().filter(|word| self.shows_results(view) || !word.is_among(&shown)).collect());
    }

    /// The words that no page had.
    pub(super) fn unseen(&self) -> &[Word] {
        self.unseen.as_deref().unwrap_or_default()
    }

    /// Goes back from where the last control led, if one was followed.
    pub(super) fn leave(&mut self) -> Option<String> {
        let followed = self.followed.pop().filter(|followed| followed.has_moved)?;
        self.backs += 1;
        Some(followed.called)
    }

    /// Whether a control was clicked before.
    pub(super) fn has_tried(&self, key: &str) -> bool {
        self.tried.contains(key)
    }

    /// The words that the page stands for: those it goes by, those of the control that
    /// led to it, and those of controls that changed something on it. A page of results
    /// stands for nothing: it repeats whatever was typed.
    pub(super) fn placed(&self, view: &View<'_>) -> Vec<Word> {
        if self.shows_results(view) {
            return Vec::new();
        }
        let here = path(&view.page.url);
        let mut placed = context(view);
        for (at, followed) in self.followed.iter().enumerate() {
            if at + 1 == self.followed.len() || followed.path == here {
                placed.extend(followed.words.iter().cloned());
            }
        }
        placed
    }

    /// Whether this is what the page's search found on the way.
    pub(super) fn shows_results(&self, view: &View<'_>) -> bool {
        self.has_searched && looks_like_results(view)
    }
}

/// Chooses an option of a closed menu by keyboard: its list is drawn outside the page.
fn choose(view: &View<'_>, menu: usize, option: usize, click: Planned) -> Vec<Planned> {
    let options: Vec<_> = view.within(menu).filter(|at| view.role(*at) == "option").collect();
    let current = options.iter().position(|at| view.node(*at).is_some_and(|node| node.states.selected == Some(true))).unwrap_or(0);
    let wanted = options.iter().position(|at| *at == option).unwrap_or(0);
    let arrow = if wanted < current { "ArrowUp" } else { "ArrowDown" };
    let press = |key: &str, description: String| Planned { action: Action::Keys { keys: vec![key.to_owned()] }, description };
    let mut steps = vec![click];
    steps.extend((0..wanted.abs_diff(current)).map(|_| press(arrow, format!("towards {}", called(view, option)))));
    steps.push(press("Enter", format!("chooses {}", called(view, option))));
    steps
}

/// An address without query and fragment.
fn path(url: &str) -> String {
    Url::parse(url).map_or_else(
        |_| url.to_owned(),
        |mut url| {
            url.set_query(None);
            url.set_fragment(None);
            url.into()
        },
    )
}
