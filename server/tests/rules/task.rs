//! Look, decide, act, until the task ends.

use std::sync::{Arc, LazyLock};

use lightcone_server::computer::chromium::Chromium;
use lightcone_server::computer::{Action, Computer, Computers, Viewport};
use lightcone_server::model::rules::Rules;
use lightcone_server::model::{Brief, Model, Next, Note, Notes, Observation};
use lightcone_server::web::Web;
use tokio::sync::Semaphore;

const VIEWPORT: Viewport = Viewport { width: 1280, height: 720 };

/// No task of these tests needs more decisions.
const MOST_DECISIONS: u64 = 60;

/// A browser takes some 200 MB: so many of one test program run at a time.
static BROWSERS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(2));

/// A task to be run.
pub(crate) struct Task<'a> {
    pub(crate) web: Web,
    pub(crate) instruction: &'a str,
    pub(crate) start_url: Option<&'a str>,
    /// A message for the decision of that number, from 1.
    pub(crate) messages: &'a [(u64, &'a str)],
}

/// What came of a task.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The result, or `error_code: result`.
    pub(crate) end: String,
    /// Each action with its description.
    pub(crate) actions: Vec<(Action, String)>,
    pub(crate) notes: Vec<Note>,
}

pub(crate) async fn run(task: Task<'_>) -> Outcome {
    let _turn = BROWSERS.acquire().await.unwrap();
    let computer = start(task.web).await;
    if let Some(url) = task.start_url {
        computer.act(&Action::Navigate { url: url.to_owned() }).await.unwrap();
    }
    let outcome = drive(&*computer, task.instruction, task.messages).await;
    computer.close().await;
    outcome
}

pub(crate) async fn start(web: Web) -> Box<dyn Computer> {
    Chromium { web: Some(web), ..Chromium::default() }.launch("computer".to_owned(), VIEWPORT, None).await.unwrap()
}

/// Follows an instruction on the page that is open.
pub(crate) async fn drive(computer: &dyn Computer, instruction: &str, messages: &[(u64, &str)]) -> Outcome {
    let mut rules = Rules::new(Brief {
        instruction: instruction.to_owned(),
        context: vec![],
        system_prompt: None,
        temperature: 0.2,
        stream_deltas: false,
        secrets: vec![],
        max_steps: 100,
        viewport: VIEWPORT,
    });
    let mut outcome = Outcome { end: String::new(), actions: vec![], notes: vec![] };
    let mut last_error: Option<String> = None;
    for step in 1.. {
        if step > MOST_DECISIONS {
            outcome.end = "goes on and on".to_owned();
            break;
        }
        let messages: Vec<String> = messages.iter().filter(|(at, _)| *at == step).map(|(_, message)| (*message).to_owned()).collect();
        let screenshot = Arc::new(vec![]);
        let page = computer.page().await.unwrap();
        let seen =
            Observation { step, screenshot: Some(&screenshot), page: Some(&page), messages: &messages, last_error: last_error.as_deref() };
        let (notes, mut told) = Notes::channel();
        let next = rules.decide(seen, &notes).await.unwrap();
        outcome.notes.extend(std::iter::from_fn(|| told.try_recv().ok()));
        last_error = None;
        match next {
            Next::Act(planned) => {
                for planned in planned {
                    outcome.actions.push((planned.action.clone(), planned.description));
                    if let Err(error) = computer.act(&planned.action).await {
                        last_error = Some(error.to_string());
                        break;
                    }
                }
            }
            Next::Wait(ms) => tokio::time::sleep(std::time::Duration::from_millis(ms)).await,
            Next::Miss(error) => last_error = Some(error),
            Next::Finish(result) => {
                outcome.end = result;
                break;
            }
            Next::GiveUp { error_code, result, .. } => {
                outcome.end = format!("{error_code}: {result}");
                break;
            }
        }
    }
    outcome
}
