//! Answers that are wrong as models are in the wild, and what becomes of each.
//!
//! `LIGHTCONE_WRITE_TABLE=1` writes the table in `docs/models.md`.

use lightcone_server::model::Settings;
use serde_json::json;

use super::{Played, SCREEN, Scene, Stage, done, press};
use crate::fake::serve::Turn;
use crate::fake::{APIS, Api};
use crate::table;

/// What came of each malformed answer of an API, so many times in a row.
async fn after(api: &'static Api, names: &[&str], times: usize) -> Vec<Played> {
    let turns = |nth| std::iter::repeat_n(Turn::Malformed(nth), times).chain([press(1), done()]).collect();
    let scenes = (0..names.len()).map(|nth| Scene { api, turns: turns(nth), settings: Settings::default() });
    let played = Stage::set(scenes).await.plays(&json!({})).await;
    for (played, name) in played.iter().zip(names) {
        assert_eq!(played.end()["type"], "completed", "{name}: {played}");
    }
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
    // Models that one adapter knows apart mostly stumble alike.
    let mut rows: Vec<String> = Vec::new();
    let head = "| model | answer | once | twice in a row |\n|---|---|---|---|\n";
    for api in APIS {
        let names: Vec<&str> = (api.fake)(SCREEN).malformed().into_iter().map(|(name, _)| name).collect();
        assert!(!names.is_empty(), "{}", api.name);
        let (all_once, all_twice) = (after(api, &names, 1).await, after(api, &names, 2).await);
        for ((name, once), twice) in names.into_iter().zip(all_once).zip(all_twice) {
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
            let row = format!("| `{}` | {name} | {} | {twofold} |\n", api.kind(), outcome(&once));
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
    }
    let table = format!("{head}{}", rows.concat());
    println!("{table}");
    if table::is_written() {
        table::write("malformed", &table);
    }
}
