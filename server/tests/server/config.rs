//! The file that names models.

use lightcone_server::model::{Chosen, Config, Models, rules::Rules};
use serde_json::json;
use tempfile::TempDir;

use crate::local::Local;
use crate::programs::Program;

/// The models that a file and a choice make, or what is wrong with them.
fn models(text: &str, chosen: Chosen) -> Result<Models, String> {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("models.toml");
    std::fs::write(&file, text).unwrap();
    let config = Config::load(&file).map_err(|error| error.to_string())?;
    config.add_to(Models::new("rules", Rules::new), chosen).map_err(|error| error.to_string())
}

fn choose(model: &str) -> Chosen {
    Chosen { model: Some(model.to_owned()), ..Chosen::default() }
}

/// The model that a task gets, and its result.
async fn asked(models: Models, name: Option<&str>) -> (String, String) {
    let local = Local::with_models(models, |_| {}).await;
    let events = local.run(json!({ "instruction": "go", "model": name })).await;
    local.server.shutdown().await;
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    (text(&events[0]["model"]), text(&events.last().unwrap()["result"]))
}

#[tokio::test]
async fn names_and_references_can_be_the_default_and_be_asked_for() {
    let (one, two) = (Program::new("say({'done': 'one'})"), Program::new("say({'done': 'two'})"));
    let text = format!(
        "model = 'one'\n[models.one]\nuse = \"{}\"\ntimeout = 2.5\nprices = {{ input = 1, output = 2.5 }}\nmax_cost = 0.5\nscreenshots = 2\n\
         [models.two]\nuse = \"{}\"\n",
        one.reference(),
        two.reference()
    );
    let of = |name: &str, result: &str| (name.to_owned(), result.to_owned());
    for (chosen, name, expected) in [
        (Chosen::default(), None, of("one", "one")),
        (Chosen::default(), Some("two"), of("two", "two")),
        (Chosen::default(), Some("tzafon.northstar-cua-fast"), of("one", "one")),
        (choose("two"), None, of("two", "two")),
        (choose("two"), Some("one"), of("one", "one")),
        (choose("tzafon.northstar-cua-fast"), None, of("one", "one")),
        (choose(&two.reference()), None, (two.reference(), "two".to_owned())),
        (choose(&two.reference()), Some("one"), of("one", "one")),
    ] {
        assert_eq!(asked(models(&text, chosen).unwrap(), name).await, expected);
    }
    assert_eq!(asked(models(&text, choose("rules")).unwrap(), None).await.0, "rules");
    assert_eq!(asked(models(&text, Chosen::default()).unwrap(), Some("rules")).await.0, "rules");
    assert_eq!(asked(models("", Chosen::default()).unwrap(), None).await.0, "rules");
}

#[test]
fn the_documented_file_can_be_read() {
    let doc = include_str!("../../../docs/models.md");
    let text = doc.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    // All of it is read before anything is asked for, such as the key that is not there.
    let error = models(text, Chosen::default()).unwrap_err();
    assert!(error.contains("models.claude: key_env names the variable SHOP_ANTHROPIC_KEY"), "{error}");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    const KEY: &str = "sk-written-down";
    for (text, words) in [
        ("model = 3", "models.toml, line 1: this must be a string"),
        ("[models.a]\nuse = 'command:true'\nkey = 'sk-written-down'", "models.toml, line 3: unknown field `key`"),
        ("[models.a]\nuse = 'command:true'\nprices = { input = 1 }", "missing field `output`"),
        ("[models.a]\nuse = 'command:true'\nscreenshots = 0", "line 3"),
        ("[models.a]\ntimeout = 3", "missing field `use`"),
        ("models = [", "models.toml, line 1"),
        ("[models.a]\nuse = 'gpt'", "models.a: there is no kind of model \"gpt\""),
        ("[models.rules]\nuse = 'command:true'", "models.rules: the server has a model of this name"),
        ("[models.a]\nuse = 'command:true'\ntimeout = -1", "models.a: timeout is -1"),
        (
            "[models.a]\nuse = 'command:true'\nkey_env = 'NO_SUCH_VARIABLE'",
            "models.a: key_env names the variable NO_SUCH_VARIABLE, which is not set",
        ),
        ("[models.a]\nuse = 'command:true'\nkey_env = 'A'\nkey_file = 'b'", "models.a: say either key_env or key_file"),
        ("[models.a]\nuse = 'command:true'\nkey_file = 'nowhere'", "nowhere cannot be read"),
        ("[models.a]\nuse = 'command:true'\nmax_cost = 1", "models.a: a highest cost means nothing without prices"),
        ("[models.a]\nuse = 'cassette:nowhere'", "nowhere cannot be read"),
        ("[secrets.pin]\nvalue = 48151623\nhosts = ['a.test']", "models.toml, line 1: each secret is a table of hosts"),
        ("model = 'b'\n[models.a]\nuse = 'command:true'", "there is no model \"b\""),
    ] {
        let error = models(text, Chosen::default()).unwrap_err();
        assert!(error.contains(words) && !error.contains(KEY) && !error.contains("48151623"), "{text}: {error}");
    }
    for (chosen, words) in [
        (choose("gpt"), "there is no model \"gpt\": it is none of those that have a name here (a, rules)"),
        (Chosen { record: Some("x".into()), ..Chosen::default() }, "are for a model that is asked"),
        (Chosen { max_cost: Some(1.0), ..choose("rules") }, "are for a model that is asked"),
        (Chosen { max_cost: Some(1.0), ..choose("command:true") }, "means nothing without prices"),
        (Chosen { key_file: Some("no/key".into()), ..choose("a") }, "no/key cannot be read"),
    ] {
        let error = models("[models.a]\nuse = 'command:true'", chosen).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
    assert!(Config::load("no/such.toml".as_ref()).unwrap_err().to_string().contains("no/such.toml cannot be read"));
}

#[test]
fn secrets_are_read_from_where_the_file_says() {
    let read = |text: &str| {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("word"), "hunter2\n").unwrap();
        std::fs::write(folder.path().join("models.toml"), text).unwrap();
        let config = Config::load(&folder.path().join("models.toml")).map_err(|error| error.to_string())?;
        config.secrets().map_err(|error| error.to_string())
    };
    let text = "[secrets.WORD]\nfile = 'word'\nhosts = ['a.test', '*.b.test']\n[secrets.LONG]\nenv = 'PATH'\nhosts = ['a.test']\n\
                [secrets.OWN]\nvalue = 'written down'\nhosts = ['a.test']";
    let secrets = read(text).unwrap();
    assert_eq!(secrets.variables(), ["PATH"]);
    assert!(format!("{secrets:?}").contains("a.test, *.b.test"), "{secrets:?}");
    // One name has one value: this tells which.
    for (same, other) in [("WORD=hunter2@c.test", "WORD=hunter3@c.test"), ("OWN=written down@c.test", "OWN=hunter2@c.test")] {
        assert!(secrets.clone().with(same.parse().unwrap()).is_ok() && secrets.clone().with(other.parse().unwrap()).is_err());
    }
    for (text, words) in [
        ("[secrets]\nWORD = 'hunter2'", "each secret is a table"),
        ("secrets = 'hunter2'", "each secret is a table"),
        ("[secrets.WORD]\nvalue = 'hunter2'\nhost = 'a.test'", "each secret is a table"),
        ("[secrets.WORD]\nvalue = 'hunter2'\nhosts = ['hunter2:80']", "models.toml: the secret WORD: its host is none"),
        ("[secrets.WORD]\nfile = 'nowhere'\nhosts = ['a.test']", "nowhere cannot be read"),
        ("[secrets.'a b']\nvalue = 'hunter2'\nhosts = ['a.test']", "letters, digits"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.contains(words) && !error.contains("hunter2"), "{text}: {error}");
    }
}
