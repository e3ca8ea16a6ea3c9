//! Secrets with a real browser and a model that looks closely: what it has typed arrives on
//! the right page and nowhere else, and neither it nor anybody else is ever shown a value.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use async_trait::async_trait;
use lightcone_server::computer::chromium::Chromium;
use lightcone_server::computer::{Action, Node, Page, Point};
use lightcone_server::model::rules::Rules;
use lightcone_server::model::{Brief, Model, ModelError, Models, Next, Note, Notes, Observation, Planned};
use lightcone_server::secrets::Secrets;
use lightcone_server::web::Web;
use lightcone_server::{Data, Server, ServerConfig};
use serde_json::{Value, json};

const KEY: &str = "sk_test";
const USER: &str = "ada.lovelace";
const WORD: &str = "c0rrect/horse \"é";

/// The fields of people who log in. The frame is of another site.
const LOGIN: &str = "<!doctype html><title>Log in</title><body style='margin:0'><form action='https://shop.test/welcome.html'>
<label>User <input name=user></label><label>Word <input name=word type=password></label><button>Go</button></form>
<iframe src='https://evil.test/' title=frame style='border:0;width:600px;height:80px'></iframe>";

/// Says all that it was told, in every way there is.
const WELCOME: &str = "<!doctype html><title>x</title><h1 id=head></h1><label>Word <input id=again></label><p id=same></p><a id=link>more</a><script>
const told = new URLSearchParams(location.search);
document.title = `${told.get('user')} ${told.get('word')}`;
head.textContent = `Welcome ${told.get('user')}`;
again.value = told.get('word');
same.textContent = told.get('word').length === 16 && told.get('word').startsWith('c0rrect') && told.get('word').endsWith('é') ? 'right' : 'wrong';
link.href = location.href;
</script>";

/// What one look showed.
struct Look {
    page: Page,
    png: Vec<u8>,
    last_error: Option<String>,
}

/// What to do on a page, found as a person finds it: the role and name of what to click
/// before, and what to type then.
#[derive(Clone)]
enum Deed {
    Open(&'static str),
    Click(&'static str, &'static str),
    Type(&'static str),
    Say(&'static str),
}

/// Does one deed a look, and remembers what it was shown.
struct Looker {
    deeds: VecDeque<Deed>,
    looks: Arc<Mutex<Vec<Look>>>,
    briefs: String,
}

#[async_trait]
impl Model for Looker {
    fn name(&self) -> &str {
        "looker"
    }

    fn needs_computer(&self) -> bool {
        true
    }

    async fn decide(&mut self, seen: Observation<'_>, notes: &Notes) -> Result<Next, ModelError> {
        let page = seen.page.unwrap();
        let (png, last_error) = (seen.screenshot.unwrap().to_vec(), seen.last_error.map(str::to_owned));
        self.looks.lock().unwrap().push(Look { page: page.clone(), png, last_error });
        let action = match self.deeds.pop_front() {
            None => return Ok(Next::Finish(format!("done, not knowing {WORD}; told: {}", self.briefs))),
            Some(Deed::Open(url)) => Action::Navigate { url: url.into() },
            Some(Deed::Click(role, name)) => Action::Click { coordinates: middle(page, role, name) },
            Some(Deed::Type(text)) => Action::Type { text: text.into() },
            Some(Deed::Say(text)) => {
                notes.tell(Note::Progress(text.into()));
                notes.tell(Note::Event(json!({"type": "remark", "text": [text]}).as_object().unwrap().clone()));
                return Ok(Next::Miss(text.into()));
            }
        };
        Ok(Next::Act(vec![Planned { action, description: format!("as somebody who knows {USER} would") }]))
    }
}

fn node<'a>(page: &'a Page, role: &str, name: &str) -> &'a Node {
    page.nodes.iter().find(|node| node.role == role && node.name == name).unwrap_or_else(|| panic!("no {role} {name:?}: {page:?}"))
}

fn middle(page: &Page, role: &str, name: &str) -> Point {
    let place = node(page, role, name).bounds.unwrap();
    Point(place.x + place.width / 2.0, place.y + place.height / 2.0)
}

/// One task: its events and its status as text, what the model was shown, and the folder
/// with all that was kept.
struct Ran {
    told: String,
    looks: Vec<Look>,
    place: tempfile::TempDir,
}

async fn run(body: Value, deeds: Vec<Deed>) -> Ran {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    let place = tempfile::tempdir().unwrap();
    let web = place.path().join("web");
    for (file, text) in [("shop.test/index.html", LOGIN), ("shop.test/welcome.html", WELCOME), ("evil.test/index.html", LOGIN)] {
        let file = web.join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    let looks = Arc::new(Mutex::new(Vec::new()));
    let shown = Arc::clone(&looks);
    let models = Models::new("looker", move |brief: Brief| Looker {
        deeds: deeds.clone().into(),
        looks: Arc::clone(&shown),
        briefs: format!("{:?} {:?}", brief.instruction, brief.secrets),
    })
    .with("rules", Rules::new);
    let chromium = Chromium { web: Some(Web::dir(&web).unwrap()), ..Chromium::default() };
    let mut config = ServerConfig::new(KEY, Arc::new(chromium), models);
    config.data = Data::Folder(place.path().join("data"));
    config.secrets = [format!("USER={USER}@shop.test"), format!("WORD={WORD}@shop.test"), "OTHER=hunter2@other.test".to_owned()]
        .iter()
        .fold(Secrets::default(), |secrets, text| secrets.with(text.parse().unwrap()).unwrap());
    let server = Server::start(config).await.unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let asked = http.post(format!("{}/agent/tasks/stream", server.url())).bearer_auth(KEY).json(&body);
    let mut told = asked.timeout(Duration::from_secs(60)).send().await.unwrap().text().await.unwrap();
    let listed = http.get(format!("{}/agent/tasks", server.url())).bearer_auth(KEY).send().await.unwrap();
    told.push_str(&listed.text().await.unwrap());
    server.shutdown().await;
    let looks = std::mem::take(&mut *looks.lock().unwrap());
    Ran { told, looks, place }
}

/// All files under a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The ways in which a value is written.
fn spellings(value: &str) -> Vec<Vec<u8>> {
    let json = serde_json::to_string(value).unwrap();
    let encoded: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    [value, json.trim_matches('"'), &encoded].map(|text| text.as_bytes().to_vec()).into()
}

impl Ran {
    /// Asserts that no value is in what was told, shown or kept.
    fn tells_no_secret(&self) {
        let mut all = vec![("what was told".to_owned(), self.told.clone().into_bytes())];
        all.extend(self.looks.iter().map(|look| ("a look".to_owned(), format!("{:?} {:?}", look.page, look.last_error).into_bytes())));
        let kept = files(&self.place.path().join("data"));
        assert!(kept.iter().any(|file| file.ends_with("tasks.sqlite")), "{kept:?}");
        all.extend(kept.into_iter().map(|file| (file.display().to_string(), std::fs::read(file).unwrap())));
        for (value, (name, bytes)) in [USER, WORD].iter().flat_map(|value| all.iter().map(move |found| (value, found))) {
            for written in spellings(value) {
                let found = bytes.windows(written.len()).any(|part| part.eq_ignore_ascii_case(&written));
                assert!(!found, "{} in {name}: {}", String::from_utf8_lossy(&written), String::from_utf8_lossy(bytes));
            }
        }
    }

    fn errors(&self) -> Vec<&str> {
        self.looks.iter().filter_map(|look| look.last_error.as_deref()).collect()
    }
}

/// How much of a place on the screen is of the one colour that nothing else there has.
fn painted(look: &Look, role: &str, name: &str) -> f64 {
    let place = node(&look.page, role, name).bounds.unwrap();
    let image = image::load_from_memory(&look.png).unwrap().into_rgb8();
    let inside = |x: u32, y: u32| {
        (place.x..place.x + place.width).contains(&f64::from(x)) && (place.y..place.y + place.height).contains(&f64::from(y))
    };
    let (mut all, mut grey) = (0.0, 0.0);
    for (_, _, pixel) in image.enumerate_pixels().filter(|(x, y, _)| inside(*x, *y)) {
        all += 1.0;
        grey += f64::from(u8::from(pixel.0 == [128, 128, 128]));
    }
    grey / f64::max(all, 1.0)
}

#[tokio::test]
async fn what_is_typed_arrives_and_nobody_sees_it() {
    let deeds = vec![
        Deed::Click("textbox", "User"),
        Deed::Type("<secret:USER>\t<secret:WORD>"),
        Deed::Click("button", "Go"),
        Deed::Say("is it c0rrect/horse \"é?"),
    ];
    let instruction = format!("log in as {USER}");
    let ran = run(json!({"instruction": instruction, "start_url": "https://shop.test/", "metadata": {"who": USER}}), deeds).await;
    ran.tells_no_secret();
    let last = ran.looks.last().unwrap();
    node(&last.page, "text", "right");
    assert_eq!(last.page.title, "<secret:USER> <secret:WORD>");
    assert_eq!(last.page.url, "https://shop.test/welcome.html?user=<secret:USER>&word=<secret:WORD>");
    assert_eq!(node(&last.page, "textbox", "Word").value.as_deref(), Some("<secret:WORD>"));
    assert_eq!(ran.errors(), ["is it <secret:WORD>?"]);
    for told in
        [r#"{"type":"type","text":"<secret:USER>\t<secret:WORD>"}"#, "log in as <secret:USER>", "as somebody who knows <secret:USER> would"]
    {
        assert!(ran.told.contains(told), "{told} in {}", ran.told);
    }
    // The model is told what there is, and where.
    assert!(ran.told.contains("hosts: \\\"shop.test\\\""), "{}", ran.told);
    // What shows a value is painted over, what is beside it is not.
    for (role, name) in [("text", "Welcome <secret:USER>"), ("textbox", "Word")] {
        assert!(painted(last, role, name) > 0.99, "{name}");
    }
    for (role, name) in [("text", "right"), ("link", "more")] {
        assert!(painted(last, role, name) < 0.5, "{name}");
    }
    // As it is kept.
    let pictures = files(&ran.place.path().join("data/screenshots"));
    let kept: Vec<Vec<u8>> = pictures.iter().map(|file| std::fs::read(file).unwrap()).collect();
    assert!(ran.looks.iter().all(|look| kept.contains(&look.png)));
}

#[tokio::test]
async fn elsewhere_nothing_is_typed() {
    let deeds = vec![
        Deed::Open("https://evil.test/"),
        Deed::Click("textbox", "User"),
        Deed::Type("<secret:WORD>"),
        Deed::Open("http://shop.test/"),
        Deed::Click("textbox", "User"),
        Deed::Type("<secret:WORD>"),
        Deed::Open("https://shop.test/"),
        Deed::Click("iframe", "frame"),
        Deed::Type("<secret:WORD>"),
        Deed::Click("textbox", "User"),
        Deed::Type("<secret:OTHER>"),
        Deed::Type("<secret:NONE>"),
        Deed::Open("https://evil.test/?<secret:WORD>"),
        Deed::Click("button", "Go"),
    ];
    let ran = run(json!({"instruction": "log in", "start_url": "https://shop.test/"}), deeds).await;
    ran.tells_no_secret();
    let errors = ran.errors();
    let expected = [
        "<secret:WORD> was not typed: it is filled in on shop.test only, and the page is on evil.test",
        "and the page came over http:, which others can read and change; it must be https:",
        "and the focus is in a frame",
        "<secret:OTHER> was not typed: it is filled in on other.test only, and the page is on shop.test",
        "there is no secret \"NONE\"; there are: <secret:OTHER>, <secret:USER>, <secret:WORD>",
        "a secret is filled in only where text is typed",
    ];
    assert_eq!(errors.len(), expected.len(), "{errors:#?}");
    for (error, expected) in errors.iter().zip(expected) {
        assert!(error.contains(expected), "{error}");
    }
    // Not a part of anything was typed.
    let last = ran.looks.last().unwrap();
    assert_eq!(last.page.url, "https://shop.test/welcome.html?user=&word=");
}

#[tokio::test]
async fn the_model_of_rules_logs_in_with_secrets() {
    let instruction = r#"Enter "<secret:USER>" in user and "<secret:WORD>" in word, click Go, then read the first heading"#;
    let ran = run(json!({"instruction": instruction, "model": "rules", "start_url": "https://shop.test/"}), vec![]).await;
    ran.tells_no_secret();
    assert!(ran.told.contains(r#""result":"Welcome <secret:USER>""#), "{}", ran.told);
}
