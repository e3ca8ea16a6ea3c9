//! Answers that are wrong as models are in the wild, and what becomes of each.
//!
//! `LIGHTCONE_WRITE_TABLE=1` writes the table in `docs/models.md`.

use lightcone_server::model::Settings;
use serde_json::json;

use super::{Played, SCREEN, Stage, done, press};
use crate::fake::serve::Turn;
use crate::fake::{APIS, Api};
use crate::table;

async fn after(api: &'static Api, malformed: &[Turn]) -> Played {
    let turns = malformed.iter().cloned().chain([press(1), done()]);
    let played = Stage::set(api, turns, Settings::default()).await.plays(json!({})).await;
    assert_eq!(played.end()["type"], "completed", "{malformed:?}: {played}");
    played
}

/// What became of an answer that came once.
fn outcome(played: &Played) -> &'static str {
    match played.errors().len() {
        0 => "understood",
        1 if played.heard[0].body == played.heard[1].body => "error, asked anew",
        1 => "error, asked to mend it",
        more => panic!("{more} errors after one answer: {played}"),
    }
}

#[tokio::test]
async fn a_malformed_answer_costs_a_step_at_most() {
    let mut table = "| model | answer | once | twice in a row |\n|---|---|---|---|\n".to_owned();
    for api in APIS {
        let names: Vec<&str> = (api.fake)(SCREEN).malformed().into_iter().map(|(name, _)| name).collect();
        assert!(!names.is_empty(), "{}", api.name);
        for (nth, name) in names.into_iter().enumerate() {
            let once = after(api, &[Turn::Malformed(nth)]).await;
            let twice = after(api, &[Turn::Malformed(nth), Turn::Malformed(nth)]).await;
            let steps = |played: &Played| played.end()["step"].as_i64().unwrap();
            let twofold = match outcome(&once) {
                "understood" => {
                    assert_eq!(twice.errors(), Vec::<&str>::new(), "{name}: {twice}");
                    "understood"
                }
                "error, asked to mend it" => {
                    assert_eq!((twice.errors().len(), steps(&twice)), (2, steps(&once) + 1), "{name}: {twice}");
                    "a step is spent, the task goes on"
                }
                _ => {
                    assert_eq!((twice.errors().len(), steps(&twice)), (2, steps(&once)), "{name}: {twice}");
                    "asked anew again"
                }
            };
            table += &format!("| `{}` | {name} | {} | {twofold} |\n", api.name, outcome(&once));
        }
    }
    println!("{table}");
    if table::is_written() {
        table::write("malformed", &table);
    }
}
