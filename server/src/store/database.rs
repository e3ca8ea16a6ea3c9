//! The SQL: one SQLite connection, and every statement that runs on it.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteRow, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Row as _, SqliteConnection};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, sleep};

use super::writer::Write;
use super::{Keyed, Record, StoreError, Stored};
use crate::engine::State;

/// The layout below, as `PRAGMA user_version` tells it.
const LAYOUT: i64 = 1;

const TABLES: &str = "
    CREATE TABLE tasks (
        number INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of starts
        id TEXT NOT NULL UNIQUE,
        key TEXT UNIQUE, -- the idempotency key
        body TEXT NOT NULL, -- what was asked for, JSON
        state TEXT NOT NULL, -- JSON
        status TEXT NOT NULL, -- that of the state
        ended_at INTEGER -- that of the state, milliseconds since 1970
    );
    CREATE INDEX tasks_by_status ON tasks (status, number);
    CREATE TABLE events (
        task INTEGER NOT NULL REFERENCES tasks ON DELETE CASCADE,
        number INTEGER NOT NULL, -- the place in the task's log, from 0
        kind TEXT NOT NULL,
        data TEXT NOT NULL, -- the whole event, JSON
        PRIMARY KEY (task, number)
    ) WITHOUT ROWID;
    PRAGMA user_version = 1;
";

/// How long another server may take to let go of the database.
const LOCK_WAIT: Duration = Duration::from_secs(2);

/// How often it is asked for meanwhile.
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// How much of a log is read at once, in bytes; one event may be longer.
const PORTION: usize = 1024 * 1024;

/// One connection for reading and writing: in memory there can be no other. Beside a file
/// there is another one that is locked, so that two servers never use the same; SQLite's own
/// locks stay free for whoever makes a copy meanwhile.
pub(super) struct Database {
    /// `None` once it is closed.
    open: Mutex<Option<Open>>,
}

struct Open {
    connection: SqliteConnection,
    /// Let go of last, and by the system when the process dies.
    _lock: Option<File>,
}

impl Database {
    /// Opens the database in `file`, or an empty one in memory.
    pub(super) async fn open(file: Option<&Path>) -> Result<Self, StoreError> {
        let lock = match file {
            Some(file) => Some(lock(&file.with_extension("lock")).await?),
            None => None,
        };
        let options = match file {
            Some(file) => SqliteConnectOptions::new().filename(file).create_if_missing(true),
            None => SqliteConnectOptions::new().in_memory(true),
        };
        let mut connection = options
            .journal_mode(SqliteJournalMode::Wal)
            // A commit survives the death of the process; the last ones may be lost with
            // the power, but never half.
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(LOCK_WAIT)
            .connect()
            .await?;
        match sqlx::query_scalar::<_, i64>("PRAGMA user_version").fetch_one(&mut connection).await? {
            0 => {
                let mut transaction = connection.begin().await?;
                sqlx::raw_sql(TABLES).execute(&mut *transaction).await?;
                transaction.commit().await?;
            }
            LAYOUT => {}
            newer => return Err(StoreError::Newer(newer)),
        }
        Ok(Self { open: Mutex::new(Some(Open { connection, _lock: lock })) })
    }

    /// Nothing can be read or written any more; another server can use the file.
    pub(super) async fn close(&self) {
        let open = self.open.lock().await.take();
        if let Some(Open { connection, _lock }) = open
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "the database did not close as it should");
        }
    }

    /// Carries out all or none. The answers are those of the writes, in order.
    pub(super) async fn write(&self, writes: &[Write]) -> Result<Vec<Keyed>, StoreError> {
        let mut connection = self.connection().await?;
        let connection = connection.get()?;
        // Not a transaction of sqlx's: on a full disk SQLite may roll back by itself, which sqlx
        // does not see; it would then nest all that comes in a transaction that is never committed.
        sqlx::raw_sql("BEGIN").execute(&mut *connection).await?;
        let done = match carry_out(connection, writes).await {
            Ok(answers) => sqlx::raw_sql("COMMIT").execute(&mut *connection).await.map(|_| answers).map_err(StoreError::from),
            Err(error) => Err(error),
        };
        if done.is_err() {
            // Fails where there is nothing left to roll back.
            let _ = sqlx::raw_sql("ROLLBACK").execute(connection).await;
        }
        done
    }

    /// What the key names, for a start with this body.
    pub(super) async fn keyed(&self, key: &str, body: &Value) -> Result<Keyed, StoreError> {
        keyed(self.connection().await?.get()?, key, body).await
    }

    /// One task.
    pub(super) async fn record(&self, id: &str) -> Result<Option<Record>, StoreError> {
        let mut connection = self.connection().await?;
        let query = sqlx::query("SELECT id, body, state FROM tasks WHERE id = ?").bind(id);
        query.fetch_optional(connection.get()?).await?.as_ref().map(record).transpose()
    }

    /// How many events a task has.
    pub(super) async fn count(&self, id: &str) -> Result<usize, StoreError> {
        let mut connection = self.connection().await?;
        let query = sqlx::query_scalar::<_, i64>(
            "SELECT coalesce(max(number) + 1, 0) FROM events WHERE task = (SELECT number FROM tasks WHERE id = ?)",
        );
        Ok(query.bind(id).fetch_one(connection.get()?).await?.try_into().unwrap_or(0))
    }

    /// The events from number `from` on, at most `limit`, and no more than go into one portion.
    pub(super) async fn events(&self, id: &str, from: usize, limit: usize) -> Result<Vec<Arc<Stored>>, StoreError> {
        let mut connection = self.connection().await?;
        let mut rows = sqlx::query(
            "SELECT kind, data FROM events WHERE task = (SELECT number FROM tasks WHERE id = ?) AND number >= ? ORDER BY number LIMIT ?",
        )
        .bind(id)
        .bind(whole(from))
        .bind(whole(limit))
        .fetch(connection.get()?);
        let (mut events, mut length) = (Vec::new(), 0);
        while let Some(row) = rows.try_next().await? {
            let (kind, data): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            length += data.len();
            events.push(Arc::new(Stored { kind, data }));
            if length >= PORTION {
                break;
            }
        }
        Ok(events)
    }

    /// The tasks that have not ended, oldest first.
    pub(super) async fn unfinished(&self) -> Result<Vec<Record>, StoreError> {
        let mut connection = self.connection().await?;
        let query = sqlx::query("SELECT id, body, state FROM tasks WHERE ended_at IS NULL ORDER BY number");
        query.fetch_all(connection.get()?).await?.iter().map(record).collect()
    }

    /// The newest tasks first, at most `limit`: those of that status, those started before that one.
    pub(super) async fn list(&self, status: Option<&str>, after: Option<&str>, limit: usize) -> Result<Vec<Record>, StoreError> {
        let mut connection = self.connection().await?;
        let query = sqlx::query(
            "SELECT id, body, state FROM tasks
             WHERE (?1 IS NULL OR status = ?1) AND (?2 IS NULL OR number < (SELECT number FROM tasks WHERE id = ?2))
             ORDER BY number DESC LIMIT ?3",
        );
        let rows = query.bind(status).bind(after).bind(whole(limit)).fetch_all(connection.get()?).await?;
        rows.iter().map(record).collect()
    }

    /// Forgets the tasks that ended before that time, and returns their ids.
    pub(super) async fn prune(&self, before: u64) -> Result<Vec<String>, StoreError> {
        let mut connection = self.connection().await?;
        let query = sqlx::query_scalar("DELETE FROM tasks WHERE ended_at < ? RETURNING id");
        Ok(query.bind(whole(before)).fetch_all(connection.get()?).await?)
    }

    /// Writes the file anew without what is not used any more.
    pub(super) async fn shrink(&self) -> Result<(), StoreError> {
        let mut connection = self.connection().await?;
        sqlx::query("VACUUM").execute(connection.get()?).await?;
        Ok(())
    }

    /// Sets a pragma, such as `max_page_count`: what a full disk is like.
    #[cfg(test)]
    pub(super) async fn pragma(&self, name: &str, value: u32) {
        let pragma = sqlx::AssertSqlSafe(format!("PRAGMA {name} = {value}"));
        let mut connection = self.connection().await.unwrap();
        sqlx::raw_sql(pragma).execute(connection.get().unwrap()).await.unwrap();
    }

    async fn connection(&self) -> Result<Opened<'_>, StoreError> {
        Ok(Opened(self.open.lock().await))
    }
}

/// The connection, for one use of it.
struct Opened<'a>(MutexGuard<'a, Option<Open>>);

impl Opened<'_> {
    fn get(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        self.0.as_mut().map(|open| &mut open.connection).ok_or(StoreError::Closed)
    }
}

/// Locks a file for this process alone, made if it is not there.
async fn lock(path: &Path) -> Result<File, StoreError> {
    let failed = |error: std::io::Error| StoreError::Failed(format!("{} cannot be locked: {error}", path.display()));
    let file = File::options().create(true).truncate(false).write(true).open(path).map_err(failed)?;
    let deadline = Instant::now() + LOCK_WAIT;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => sleep(LOCK_PAUSE).await,
            Err(TryLockError::WouldBlock) => return Err(StoreError::InUse),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
    }
}

async fn carry_out(connection: &mut SqliteConnection, writes: &[Write]) -> Result<Vec<Keyed>, StoreError> {
    let mut answers = Vec::with_capacity(writes.len());
    for write in writes {
        answers.push(match write {
            Write::Create { id, key, body, state, events, .. } => {
                let answer = create(connection, id, key.as_deref(), body, state).await?;
                if answer == Keyed::Free {
                    append(connection, id, 0, events).await?;
                }
                answer
            }
            Write::Change { id, state, first, events, .. } => {
                change(connection, id, state).await?;
                append(connection, id, *first, events).await?;
                Keyed::Free
            }
        });
    }
    Ok(answers)
}

async fn keyed(connection: &mut SqliteConnection, key: &str, body: &Value) -> Result<Keyed, StoreError> {
    let query = sqlx::query("SELECT id, body FROM tasks WHERE key = ?").bind(key);
    let Some(row) = query.fetch_optional(connection).await? else { return Ok(Keyed::Free) };
    let (id, known): (String, &str) = (row.try_get(0)?, row.try_get(1)?);
    // As values: the order of members tells nothing.
    let same = serde_json::from_str::<Value>(known).is_ok_and(|known| known == *body);
    Ok(if same { Keyed::Same(id) } else { Keyed::Other(id) })
}

async fn create(connection: &mut SqliteConnection, id: &str, key: Option<&str>, body: &Value, state: &State) -> Result<Keyed, StoreError> {
    if let Some(key) = key {
        match keyed(connection, key, body).await? {
            Keyed::Free => {}
            taken => return Ok(taken),
        }
    }
    let query = sqlx::query("INSERT INTO tasks (id, key, body, state, status, ended_at) VALUES (?, ?, ?, ?, ?, ?)");
    let query = query.bind(id).bind(key).bind(body.to_string()).bind(json(state)?);
    query.bind(state.status().as_str()).bind(state.ended_at().map(whole)).execute(connection).await?;
    Ok(Keyed::Free)
}

async fn change(connection: &mut SqliteConnection, id: &str, state: &State) -> Result<(), StoreError> {
    let query = sqlx::query("UPDATE tasks SET state = ?, status = ?, ended_at = ? WHERE id = ?");
    let query = query.bind(json(state)?).bind(state.status().as_str()).bind(state.ended_at().map(whole)).bind(id);
    query.execute(connection).await?;
    Ok(())
}

async fn append(connection: &mut SqliteConnection, id: &str, first: usize, events: &[Stored]) -> Result<(), StoreError> {
    for (number, event) in (first..).zip(events) {
        let query = sqlx::query("INSERT INTO events (task, number, kind, data) SELECT number, ?, ?, ? FROM tasks WHERE id = ?");
        query.bind(whole(number)).bind(&event.kind).bind(&event.data).bind(id).execute(&mut *connection).await?;
    }
    Ok(())
}

fn record(row: &SqliteRow) -> Result<Record, StoreError> {
    let (id, body, state): (String, &str, &str) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    let unread = |error| StoreError::Failed(format!("the row of task {id} cannot be read: {error}"));
    Ok(Record { body: serde_json::from_str(body).map_err(unread)?, state: serde_json::from_str(state).map_err(unread)?, id })
}

fn json(state: &State) -> Result<String, StoreError> {
    serde_json::to_string(state).map_err(|error| StoreError::Failed(error.to_string()))
}

/// As SQLite counts; nothing here comes near the end of its range.
fn whole(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}
