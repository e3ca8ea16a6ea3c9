use lightcone::tasks::{ProgressUpdate, Thinking};

use super::folder::Data;
use super::*;
use crate::engine::End;

fn folder(path: &std::path::Path) -> Folder {
    Folder::open(&Data::Folder(path.to_owned())).unwrap()
}

async fn memory() -> Store {
    Store::open(&Folder::open(&Data::Memory).unwrap()).await.unwrap()
}

fn state(id: &str) -> State {
    State::new(id.to_owned(), 100)
}

async fn create(store: &Store, id: &str) {
    assert_eq!(store.create(id, None, Value::Null, state(id), &[]).await, Ok(Keyed::Free));
}

async fn tell(store: &Store, id: &str, text: &str) -> Result<(), StoreError> {
    let mut update = ProgressUpdate::default();
    update.message = Some(text.to_owned());
    store.change(id, |task, log| task.tell(update.into(), log).unwrap()).await.map(Option::unwrap)
}

async fn end(store: &Store, id: &str) {
    store.change(id, |task, log| task.end(End::Cancelled, log).unwrap()).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_key_names_the_first_task_that_took_it() {
    let store = memory().await;
    let body = serde_json::json!({"a": 1, "b": 2});
    let same = serde_json::json!({"b": 2, "a": 1});
    let starts = [("task_1", &body), ("task_2", &same), ("task_3", &Value::Null)];
    let mut found = Vec::new();
    for (id, body) in starts {
        found.push(store.create(id, Some("key"), body.clone(), state(id), &[]).await.unwrap());
    }
    assert_eq!(found, [Keyed::Free, Keyed::Same("task_1".into()), Keyed::Other("task_1".into())]);
    assert_eq!(store.keyed("key", &same).await, Ok(Keyed::Same("task_1".into())));
    assert_eq!(store.keyed("another", &same).await, Ok(Keyed::Free));
    assert!(store.record("task_2").await.unwrap().is_none() && store.watch("task_2").await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_numbered_without_gaps_whoever_writes_and_whoever_leaves() {
    let store = Arc::new(memory().await);
    create(&store, "task_1").await;
    let mut writers = Vec::new();
    for writer in 0..20 {
        let store = Arc::clone(&store);
        writers.push(tokio::spawn(async move {
            for nth in 0..20 {
                tell(&store, "task_1", &format!("{writer} {nth}")).await.unwrap();
            }
        }));
    }
    for leaving in writers.drain(..5) {
        leaving.abort();
    }
    for writer in writers {
        writer.await.unwrap();
    }
    // Comes after whatever those who left had asked for.
    end(&store, "task_1").await;
    let seen = store.watch("task_1").await.unwrap().unwrap().borrow().clone();
    let events = store.events("task_1", 0, 1000).await.unwrap();
    assert_eq!(events.len(), seen.events);
    assert!(events.len() > 15 * 20 && events.last().unwrap().kind == "cancelled");
    for writer in 5..20 {
        let own = events.iter().filter(|event| event.data.contains(&format!("\"message\":\"{writer} ")));
        let order: Vec<usize> = own.map(|event| event.data.rsplit([' ', '"']).nth(1).unwrap().parse().unwrap()).collect();
        assert_eq!(order, (0..20).collect::<Vec<_>>(), "writer {writer}");
    }
    assert_eq!(store.events("task_1", seen.events - 1, 10).await.unwrap().len(), 1);
    assert_eq!(store.events("task_1", seen.events, 10).await.unwrap().len(), 0);
}

#[tokio::test]
async fn what_is_written_is_there_after_a_restart() {
    let place = tempfile::tempdir().unwrap();
    let store = Store::open(&folder(place.path())).await.unwrap();
    for id in ["task_1", "task_2", "task_3"] {
        store.create(id, Some(id), id.into(), state(id), &[]).await.unwrap();
        tell(&store, id, "hello").await.unwrap();
    }
    end(&store, "task_2").await;
    let before = store.record("task_2").await.unwrap().unwrap();
    store.close().await;
    assert_eq!(store.record("task_1").await.unwrap_err(), StoreError::Closed);
    assert_eq!(tell(&store, "task_1", "too late").await, Err(StoreError::Closed));

    let store = Store::open(&folder(place.path())).await.unwrap();
    let left: Vec<String> = store.unfinished().await.unwrap().into_iter().map(|record| record.id).collect();
    assert_eq!(left, ["task_1", "task_3"]);
    let after = store.record("task_2").await.unwrap().unwrap();
    assert_eq!((after.body, after.state), (before.body, before.state));
    assert_eq!(store.keyed("task_2", &"task_2".into()).await, Ok(Keyed::Same("task_2".into())));
    tell(&store, "task_3", "again").await.unwrap();
    assert_eq!(store.events("task_3", 1, 10).await.unwrap()[0].data, r#"{"type":"progress_update","message":"again"}"#);
    store.close().await;
}

#[tokio::test]
async fn one_server_at_a_time_has_the_data() {
    let place = tempfile::tempdir().unwrap();
    let store = Store::open(&folder(place.path())).await.unwrap();
    assert_eq!(Store::open(&folder(place.path())).await.err(), Some(StoreError::InUse));
    store.close().await;
    Store::open(&folder(place.path())).await.unwrap().close().await;
}

#[tokio::test]
async fn a_copy_is_made_while_a_server_writes() {
    use sqlx::Connection as _;

    let (place, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = Store::open(&folder(place.path())).await.unwrap();
    create(&store, "task_1").await;
    tell(&store, "task_1", "before").await.unwrap();
    // As `sqlite3 tasks.sqlite "VACUUM INTO 'copy'"` does it, from another process.
    let copy = folder(other.path()).database().unwrap();
    let address = format!("sqlite://{}?mode=ro", folder(place.path()).database().unwrap().display());
    let mut connection = sqlx::SqliteConnection::connect(&address).await.unwrap();
    let vacuum = sqlx::query("VACUUM INTO ?").bind(copy.to_str().unwrap()).execute(&mut connection);
    let (copied, told) = tokio::join!(vacuum, tell(&store, "task_1", "meanwhile"));
    copied.unwrap();
    told.unwrap();
    connection.close().await.unwrap();
    tell(&store, "task_1", "after").await.unwrap();
    assert_eq!(store.events("task_1", 0, 10).await.unwrap().len(), 3);
    store.close().await;
    let copied = Store::open(&folder(other.path())).await.unwrap();
    let events = copied.events("task_1", 0, 10).await.unwrap();
    assert!(events.len() < 3 && events[0].data.contains("before"), "{events:?}");
    copied.close().await;
}

#[tokio::test]
async fn data_of_another_layout_or_kind_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let file = folder(place.path()).database().unwrap();
    std::fs::write(&file, "this is no database at all, and long enough to see that").unwrap();
    assert!(matches!(Store::open(&folder(place.path())).await.err(), Some(StoreError::Failed(text)) if text.contains("not a database")));
    std::fs::remove_file(&file).unwrap();
    let store = Store::open(&folder(place.path())).await.unwrap();
    store.database.pragma("user_version", 7).await;
    store.close().await;
    assert_eq!(Store::open(&folder(place.path())).await.err(), Some(StoreError::Newer(7)));
}

#[tokio::test]
async fn a_full_disk_refuses_what_does_not_fit_and_loses_nothing() {
    let place = tempfile::tempdir().unwrap();
    let store = Store::open(&folder(place.path())).await.unwrap();
    create(&store, "task_1").await;
    store.database.pragma("max_page_count", 40).await;
    let mut written = 0;
    let large = "x".repeat(8000);
    let refused = loop {
        match tell(&store, "task_1", &large).await {
            Ok(()) => written += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(refused, StoreError::Full);
    let before = store.record("task_1").await.unwrap().unwrap().state;
    let end_it = |text: &str| End::Finished { result: text.to_owned() };
    let too_large = store.change("task_1", |task, log| task.end(end_it(&large), log)).await;
    assert_eq!(too_large.err(), Some(StoreError::Full));
    let id = "task_2";
    assert_eq!(store.create(id, None, large.as_str().into(), state(id), &[]).await, Err(StoreError::Full));
    assert!(store.live.get(id).is_none());
    assert_eq!(store.record("task_1").await.unwrap().unwrap().state, before);
    assert_eq!(store.events("task_1", 0, 1000).await.unwrap().len(), written);
    // Once there is room it goes on as if nothing had been.
    store.database.pragma("max_page_count", 1000).await;
    tell(&store, "task_1", "room").await.unwrap();
    assert_eq!(store.events("task_1", written, 10).await.unwrap().len(), 1);
    // What is answered as written is on the disk by then, as it is found after a kill.
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(place.path()).unwrap().flatten() {
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    let found = Store::open(&folder(copy.path())).await.unwrap();
    assert_eq!(found.events("task_1", written, 10).await.unwrap().len(), 1);
    for store in [store, found] {
        store.close().await;
    }
}

#[tokio::test]
async fn the_log_is_the_same_from_the_database_and_from_what_is_at_hand() {
    let store = memory().await;
    create(&store, "task_1").await;
    let text = |nth: usize| format!("{nth} {}", "x".repeat(10_000));
    for nth in 0..40 {
        tell(&store, "task_1", &text(nth)).await.unwrap();
        // From each place, whether it is at hand still or not.
        for from in 0..=nth {
            let events = store.events("task_1", from, 2).await.unwrap();
            assert_eq!(events.len(), 2.min(nth + 1 - from));
            for (nth, event) in (from..).zip(events) {
                assert!(event.data.contains(&text(nth)));
            }
        }
    }
    let entry = store.live.get("task_1").unwrap();
    assert!(entry.recent(39, 1).is_some() && entry.recent(0, 1).is_none() && entry.recent(40, 1).is_none());
    assert!(entry.recent(27, 100).is_some_and(|events| events.len() == 13) && entry.recent(26, 1).is_none());
}

#[tokio::test]
async fn a_large_log_is_read_in_portions() {
    let store = memory().await;
    create(&store, "task_1").await;
    for _ in 0..6 {
        tell(&store, "task_1", &"x".repeat(400_000)).await.unwrap();
    }
    let mut next = 0;
    let mut portions = Vec::new();
    while next < 6 {
        portions.push(store.events("task_1", next, 100).await.unwrap().len());
        next += portions.last().unwrap();
    }
    assert_eq!(portions, [3, 3]);
}

#[tokio::test]
async fn what_ended_long_ago_is_forgotten_whole() {
    let store = memory().await;
    for id in ["task_1", "task_2"] {
        store.create(id, Some(id), Value::Null, state(id), &[]).await.unwrap();
        store.change(id, |task, log| task.tell(Thinking::default().into(), log).unwrap()).await.unwrap();
    }
    end(&store, "task_1").await;
    let ended = store.record("task_1").await.unwrap().unwrap().state.ended_at().unwrap();
    assert_eq!(store.prune(ended).await.unwrap(), Vec::<String>::new());
    assert_eq!(store.prune(ended + 1).await.unwrap(), ["task_1"]);
    assert!(store.record("task_1").await.unwrap().is_none() && store.events("task_1", 0, 10).await.unwrap().is_empty());
    assert_eq!(store.keyed("task_1", &Value::Null).await, Ok(Keyed::Free));
    assert_eq!(store.events("task_2", 0, 10).await.unwrap().len(), 1);
}
