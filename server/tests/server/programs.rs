//! A program that decides, over its standard input and output.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use lightcone_server::computer::{Action, Node, Point, Rect, States};
use lightcone_server::model::{Chosen, Config, Models, Reference, Settings, rules::Rules};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::local::{Local, kinds};

/// A folder with a program in Python, whose lines each begin with what it has read as `seen`.
pub(crate) struct Program {
    folder: TempDir,
}

impl Program {
    /// `body` is run for each line read, indented by none; `say(reply)` answers.
    pub(crate) fn new(body: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let body: String = body.lines().map(|line| format!("    {line}\n")).collect();
        let text = format!(
            "import json, os, subprocess, sys, time\n\
             folder = os.path.dirname(os.path.abspath(__file__))\n\
             def say(reply): print(json.dumps(reply), flush=True)\n\
             def keep(name, text): open(os.path.join(folder, name), 'a').write(str(text) + '\\n')\n\
             keep('pids', os.getpid())\n\
             for line in sys.stdin:\n    seen = json.loads(line)\n{body}"
        );
        std::fs::write(folder.path().join("agent.py"), text).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn reference(&self) -> String {
        format!("command:python3 '{}'", self.path("agent.py").display())
    }

    /// The lines of a file that it keeps.
    pub(crate) fn kept(&self, name: &str) -> Vec<String> {
        std::fs::read_to_string(self.path(name)).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    async fn serve(&self, settings: Settings) -> Local {
        serve(&self.reference(), settings).await
    }

    /// Waits until none of the processes that it kept in the file is there any more.
    async fn is_gone(&self, name: &str, count: usize) {
        let deadline = Instant::now() + Duration::from_secs(10);
        let pids = self.kept(name);
        assert_eq!(pids.len(), count, "{pids:?}");
        while let Some(pid) = pids.iter().find(|pid| is_running(pid)) {
            assert!(Instant::now() < deadline, "process {pid} is still there");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits for so many lines in a file that it keeps.
    async fn has_kept(&self, name: &str, count: usize) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.kept(name).len() < count {
            assert!(Instant::now() < deadline, "no {count} lines in {name}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// One that has ended and only has not been asked for does not run.
fn is_running(pid: &str) -> bool {
    let told = std::process::Command::new("ps").args(["-o", "stat=", "-p", pid]).output().unwrap().stdout;
    matches!(told.trim_ascii(), [first, ..] if *first != b'Z')
}

async fn serve(reference: &str, settings: Settings) -> Local {
    let connection = reference.parse::<Reference>().unwrap().connect(settings).unwrap();
    Local::with_models(Models::new("program", move |brief| connection.model(brief)), |_| {}).await
}

fn quick() -> Settings {
    Settings { timeout: Duration::from_millis(500), ..Settings::default() }
}

pub(crate) fn button(name: &str, x: f64, y: f64) -> Node {
    let bounds = Some(Rect { x, y, width: 100.0, height: 40.0 });
    let (role, name, states) = ("button".to_owned(), name.to_owned(), States::default());
    Node { parent: None, role, name, value: None, description: None, level: None, url: None, bounds, states }
}

fn last(events: &[Value]) -> &Value {
    events.last().unwrap()
}

#[tokio::test]
async fn the_example_clicks_what_the_instruction_names() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/models/command.py");
    let local = serve(&format!("command:python3 '{}'", example.display()), Settings::default()).await;
    *local.computers.nodes.lock().unwrap() = vec![button("Sell", 0.0, 0.0), button("Buy now", 200.0, 300.0)];
    let events = local.run(json!({ "instruction": "Click \"buy now\"", "kind": "browser" })).await;
    assert_eq!((&last(&events)["type"], &last(&events)["step"]), (&json!("completed"), &json!(1)));
    assert!(last(&events)["result"].as_str().unwrap().starts_with("Clicked."), "{events:?}");
    let computer = events.iter().find_map(|event| event["computer_id"].as_str()).unwrap();
    let clicked = Action::Click { coordinates: Point(250.0, 320.0) };
    assert_eq!(*local.computers.memory(computer).actions.lock().unwrap(), [clicked]);
    let events = local.run(json!({ "instruction": "Click \"gone\"" })).await;
    assert_eq!((&last(&events)["type"], &last(&events)["error_code"]), (&json!("failed"), &json!("gave_up")));
    assert!(last(&events)["result"].as_str().unwrap().contains("is called gone"), "{events:?}");
    local.server.shutdown().await;
}

#[tokio::test]
async fn one_process_serves_a_task_and_is_told_what_came_of_it() {
    let program = Program::new(
        "keep('seen', line.strip())
say({'actions': [{'type': 'scroll', 'x': 5, 'y': 5, 'direction': 'down', 'amount': 1}]} if seen['step'] < 3 else {'done': 'read', 'usage': {'input_tokens': 7}})",
    );
    let local = program.serve(Settings::default()).await;
    let events = local.run(json!({ "instruction": "read", "max_steps": 10 })).await;
    assert_eq!(last(&events)["result"], "read");
    let seen: Vec<Value> = program.kept("seen").iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(seen.len(), 3);
    assert_eq!((&seen[0]["instruction"], &seen[0]["max_steps"], &seen[0]["results"]), (&json!("read"), &json!(10), &json!([])));
    assert!(seen[0]["screenshot"].as_str().unwrap().starts_with("data:image/png;base64,"));
    assert_eq!(seen[2]["results"], json!([{ "type": "scroll", "failed": false, "text": "done" }]));
    program.is_gone("pids", 1).await;
    local.server.shutdown().await;
}

#[tokio::test]
async fn what_a_program_does_wrong_is_said() {
    for (body, words) in [
        ("print('loading...', flush=True)", "no JSON"),
        ("sys.stderr.write('no memory left\\n'); sys.exit(3)", "exit status: 3"),
        ("sys.stderr.write('no memory left\\n'); sys.exit(3)", "Its last words: no memory left"),
        ("os.close(1); time.sleep(60)", "closed its standard output"),
    ] {
        let program = Program::new(body);
        let local = program.serve(Settings::default()).await;
        let events = local.run(json!({ "instruction": "go" })).await;
        let end = last(&events);
        assert_eq!((&end["type"], &end["error_code"], &end["retryable"]), (&json!("failed"), &json!("model_error"), &json!(false)));
        assert!(end["result"].as_str().unwrap().contains(words), "{words}: {end}");
        program.is_gone("pids", 1).await;
        local.server.shutdown().await;
    }
    let local = serve("command:no-such-program-anywhere --fast", Settings::default()).await;
    let events = local.run(json!({ "instruction": "go" })).await;
    assert!(last(&events)["result"].as_str().unwrap().contains("there is no program \"no-such-program-anywhere\""), "{events:?}");
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_reply_that_cannot_be_read_is_asked_for_once_more() {
    let program = Program::new(
        "keep('results', json.dumps(seen['results']))
say({'done': 'so'} if seen['results'] else {'actions': [{'type': 'fly'}]})",
    );
    let local = program.serve(Settings::default()).await;
    let events = local.run(json!({ "instruction": "go" })).await;
    assert_eq!(kinds(&events), ["started", "screenshot", "thinking", "error", "completed"]);
    assert!(program.kept("results")[1].contains("fly"), "{:?}", program.kept("results"));
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_reply_that_comes_too_late_is_not_taken_for_the_next() {
    let program = Program::new(
        "first = not os.path.exists(os.path.join(folder, 'asked'))
keep('asked', 1)
time.sleep(0.8 if first else 0)
say({'done': 'late' if first else 'in time'})",
    );
    let local = program.serve(quick()).await;
    let events = local.run(json!({ "instruction": "go" })).await;
    assert_eq!(kinds(&events), ["started", "screenshot", "thinking", "error", "screenshot", "thinking", "completed"]);
    assert!(events[3]["error"].as_str().unwrap().contains("was silent for 500ms"), "{events:?}");
    assert_eq!(last(&events)["result"], "in time");
    assert_eq!(program.kept("pids").len(), 1);
    local.server.shutdown().await;
}

#[tokio::test]
async fn a_pause_leaves_a_reply_that_is_thrown_away() {
    // Large enough that nothing of it fits into a pipe at once.
    let program = Program::new(
        "keep('asked', seen['messages'])
while seen['messages'] == [] and not os.path.exists(os.path.join(folder, 'go')): time.sleep(0.01)
say({'done': f\"{len(seen['messages'])}\", 'text': 'x' * 300000})",
    );
    let local = program.serve(Settings::default()).await;
    let mut stream = local.stream(json!({ "instruction": "go" })).await;
    let id = stream.until("started").await["task_id"].as_str().unwrap().to_owned();
    program.has_kept("asked", 1).await;
    local.call(&id, "pause").await;
    stream.until("paused").await;
    local.inject(&id, "hurry").await;
    std::fs::write(program.path("go"), "").unwrap();
    local.call(&id, "resume").await;
    assert_eq!(stream.until("completed").await["result"], "1");
    assert_eq!(program.kept("asked"), ["[]", "['hurry']"]);
    assert_eq!(program.kept("pids").len(), 1);
    local.server.shutdown().await;
}

#[tokio::test]
async fn nothing_runs_on_when_a_task_ends() {
    for end in ["cancel", "shutdown", "done"] {
        let program = Program::new(
            "keep('children', subprocess.Popen(['sleep', '600']).pid)
if seen['instruction'] == 'done': say({'done': ''})
time.sleep(600)",
        );
        let local = program.serve(Settings::default()).await;
        let id = local.start(json!({ "instruction": end })).await;
        program.has_kept("children", 1).await;
        match end {
            "cancel" => {
                assert!(is_running(&program.kept("children")[0]));
                assert_eq!(local.call(&id, "cancel").await.status, 200);
            }
            "done" => assert_eq!(local.ended(&id).await["status"], "completed"),
            _ => {}
        }
        if end == "shutdown" {
            local.server.shutdown().await;
            program.is_gone("children", 1).await;
            program.is_gone("pids", 1).await;
        } else {
            // While the server goes on.
            program.is_gone("children", 1).await;
            program.is_gone("pids", 1).await;
            local.server.shutdown().await;
        }
    }
}

#[tokio::test]
async fn a_program_is_given_the_key_of_its_model_and_no_other() {
    let program = Program::new(
        "say({'done': json.dumps(sorted(name for name in os.environ if 'KEY' in name or name in ('CARGO_PKG_NAME', 'CARGO_PKG_VERSION')))})",
    );
    let folder = TempDir::new().unwrap();
    let key = folder.path().join("key");
    std::fs::write(&key, "sk-of-the-model\n").unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let file = folder.path().join("models.toml");
    // `CARGO_PKG_NAME`, which every test has, stands for the key of another model, and
    // `CARGO_PKG_VERSION` for a secret.
    let text = format!(
        "model = 'mine'\n[models.mine]\nuse = \"{}\"\nkey_file = 'key'\n[models.other]\nuse = 'command:true'\nkey_env = 'CARGO_PKG_NAME'\n",
        program.reference()
    );
    std::fs::write(&file, text).unwrap();
    let chosen = Chosen { withheld: vec!["CARGO_PKG_VERSION".to_owned()], ..Chosen::default() };
    let models = Config::load(&file).unwrap().add_to(Models::new("rules", Rules::new), chosen).unwrap();
    let local = Local::with_models(models, |_| {}).await;
    let events = local.run(json!({ "instruction": "go" })).await;
    assert_eq!((&events[0]["model"], &last(&events)["result"]), (&json!("mine"), &json!("[\"LIGHTCONE_MODEL_KEY\"]")));
    local.server.shutdown().await;
}
