use std::collections::VecDeque;

use super::*;
use crate::computer::{Point, States, Viewport};

fn secret(host: &str) -> Secret {
    format!("PW=hunter2@{host}").parse().unwrap()
}

fn node(parent: Option<usize>, role: &str, url: Option<&str>, focused: bool) -> Node {
    Node {
        parent,
        role: role.into(),
        name: String::new(),
        value: None,
        description: None,
        level: None,
        url: url.map(str::to_owned),
        bounds: None,
        states: States { focused, ..States::default() },
    }
}

/// A page with a field that has the focus.
fn page(url: &str) -> Page {
    Page {
        url: url.into(),
        title: String::new(),
        nodes: vec![node(None, "document", Some(url), false), node(Some(0), "textbox", None, true)],
        viewport: Viewport { width: 9, height: 9 },
        scroll: Point(0.0, 0.0),
        content: (9.0, 9.0),
    }
}

/// The same within a frame.
fn framed(url: &str, frame: Option<&str>) -> Page {
    let mut page = page(url);
    page.nodes.truncate(1);
    page.nodes.extend([
        node(Some(0), "iframe", None, false),
        node(Some(1), "document", frame, false),
        node(Some(2), "textbox", None, true),
    ]);
    page
}

#[test]
fn only_its_own_hosts_over_a_safe_way_will_do() {
    for (host, url, why) in [
        ("shop.example", "https://shop.example/login", None),
        ("shop.example", "https://SHOP.example.:8443/", None),
        ("*.shop.example", "https://www.shop.example/", None),
        ("127.0.0.1", "http://127.0.0.1:8080/", None),
        ("localhost", "http://localhost:8080/", None),
        ("[::1]", "http://[::1]:8080/", None),
        ("shop.example", "http://shop.example/", Some("must be https")),
        ("10.0.0.1", "http://10.0.0.1/", Some("must be https")),
        ("shop.example", "https://www.shop.example/", Some("is on www.shop.example")),
        ("*.shop.example", "https://shop.example/", Some("is on shop.example")),
        ("shop.example", "https://shop.example.evil.test/", Some("is on shop.example.evil.test")),
        ("shop.example", "https://shop.example@evil.test/", Some("is on evil.test")),
        ("shop.example", "https://notshop.example/", Some("is on notshop.example")),
        ("shop.example", "file://shop.example/x", Some("came over file:")),
        ("shop.example", "data:text/html,shop.example", Some("is on no host")),
        ("shop.example", "about:blank", Some("is on no host")),
        ("shop.example", "", Some("has no address")),
    ] {
        let seen = check(&secret(host), &page(url));
        match why {
            None => assert_eq!(seen, Ok(()), "{host} {url}"),
            Some(why) => assert!(seen.as_ref().is_err_and(|error| error.contains(why)), "{host} {url}: {seen:?}"),
        }
    }
}

#[test]
fn each_frame_around_the_focus_counts() {
    let secret = secret("shop.example");
    let top = "https://shop.example/";
    for frame in [None, Some("about:blank"), Some("about:srcdoc"), Some("https://shop.example/inner")] {
        assert_eq!(check(&secret, &framed(top, frame)), Ok(()), "{frame:?}");
    }
    for frame in ["https://evil.shop.example/", "http://shop.example/", "data:text/html,x", "https://evil.test/"] {
        assert!(check(&secret, &framed(top, Some(frame))).unwrap_err().contains("in a frame"), "{frame}");
    }
    assert!(check(&secret, &framed("https://evil.test/", Some(top))).unwrap_err().contains("evil.test"));
    let mut closed = page(top);
    closed.nodes.push(Node { states: States { focused: true, secret: true, ..States::default() }, ..node(Some(0), "iframe", None, true) });
    assert!(check(&secret, &closed).unwrap_err().contains("frame of another site"));
    let mut nothing = page(top);
    nothing.nodes.iter_mut().for_each(|node| node.states.focused = false);
    assert!(check(&secret, &nothing).unwrap_err().contains("click the field"));
}

/// Shows these pages one after the other, the last one for ever, on a white screen.
struct Stub {
    pages: Mutex<VecDeque<Page>>,
    looks: Mutex<usize>,
    typed: Mutex<Vec<String>>,
}

#[async_trait]
impl Computer for Stub {
    fn id(&self) -> &str {
        "stub"
    }

    async fn act(&self, action: &Action) -> Result<(), ComputerError> {
        match action {
            Action::Type { text } => self.typed.lock().unwrap().push(text.clone()),
            other => return Err(ComputerError::Action(format!("no {other:?}, says hunter2"))),
        }
        Ok(())
    }

    async fn screenshot(&self) -> Result<Vec<u8>, ComputerError> {
        let mut png = std::io::Cursor::new(Vec::new());
        image::RgbImage::from_pixel(9, 9, image::Rgb([255, 255, 255])).write_to(&mut png, image::ImageFormat::Png).unwrap();
        Ok(png.into_inner())
    }

    async fn page(&self) -> Result<Page, ComputerError> {
        *self.looks.lock().unwrap() += 1;
        let mut pages = self.pages.lock().unwrap();
        Ok(if pages.len() > 1 { pages.pop_front() } else { pages.front().cloned() }.unwrap())
    }

    async fn save(&self, _: &Path) -> Result<(), ComputerError> {
        Err(ComputerError::Gone("the state of hunter2 is lost".to_owned()))
    }

    async fn close(&self) {}
}

fn guarded(pages: impl IntoIterator<Item = Page>) -> (Arc<Stub>, Guarded) {
    let stub = Arc::new(Stub { pages: Mutex::new(pages.into_iter().collect()), looks: Mutex::default(), typed: Mutex::default() });
    let secrets = Secrets::default().with(secret("shop.example")).unwrap();
    (Arc::clone(&stub), Guarded::new(stub, secrets))
}

fn write(text: &str) -> Action {
    Action::Type { text: text.to_owned() }
}

/// Whether a pixel of a screenshot is painted over.
fn is_painted(png: &[u8], x: u32, y: u32) -> bool {
    image::load_from_memory(png).unwrap().into_rgb8().get_pixel(x, y).0 != [255, 255, 255]
}

#[tokio::test]
async fn the_page_is_looked_at_anew_before_each_placeholder() {
    let (shop, evil) = (page("https://shop.example/"), page("https://evil.test/"));
    let (stub, guarded) = guarded([shop.clone(), evil]);
    let error = guarded.act(&write("me\t<secret:PW>\n<secret:PW>!")).await.unwrap_err().to_string();
    assert_eq!(error, "<secret:PW> was not typed: it is filled in on shop.example only, and the page is on evil.test");
    assert_eq!(*stub.typed.lock().unwrap(), ["me\t", "hunter2", "\n"]);
    let (stub, guarded) = self::guarded([shop]);
    guarded.act(&write("<secret:PW> and <secret:PW>!")).await.unwrap();
    assert_eq!(*stub.typed.lock().unwrap(), ["hunter2", " and ", "hunter2", "!"]);
    // Of an unknown one it is said before anything is typed.
    assert!(guarded.act(&write("x<secret:NO>")).await.unwrap_err().to_string().contains("there are: <secret:PW>"));
    assert_eq!(stub.typed.lock().unwrap().len(), 4);
}

#[tokio::test]
async fn other_actions_take_no_placeholder_and_no_error_tells_a_value() {
    let (_, guarded) = guarded([page("https://shop.example/")]);
    for action in
        [Action::Navigate { url: "https://shop.example/?<secret:PW>".to_owned() }, Action::Keys { keys: vec!["<secret:PW>".to_owned()] }]
    {
        assert!(guarded.act(&action).await.unwrap_err().to_string().contains("only where text is typed"));
    }
    assert_eq!(guarded.act(&Action::Back).await.unwrap_err().to_string(), "no Back, says <secret:PW>");
    assert_eq!(guarded.save(Path::new("")).await.unwrap_err().to_string(), "the state of <secret:PW> is lost");
}

#[tokio::test]
async fn what_comes_to_light_after_the_look_is_painted_over_too() {
    let shop = page("https://shop.example/");
    let mut shown = shop.clone();
    let place = Rect { x: 6.0, y: 6.0, width: 1.0, height: 1.0 };
    shown.nodes.push(Node { name: "hunter2".to_owned(), bounds: Some(place), ..node(Some(0), "text", None, false) });
    // Nobody has typed it: one look will do.
    let (stub, before) = guarded([shop.clone(), shown.clone()]);
    before.page().await.unwrap();
    before.screenshot().await.unwrap();
    assert_eq!(*stub.looks.lock().unwrap(), 1);
    // It was there at the look, or it is there after the picture.
    for pages in [[shown.clone(), shop.clone()], [shop.clone(), shown.clone()]] {
        let (_, guarded) = guarded([shop.clone()].into_iter().chain(pages));
        guarded.act(&write("<secret:PW>")).await.unwrap();
        guarded.page().await.unwrap();
        let png = guarded.screenshot().await.unwrap();
        assert!(is_painted(&png, 6, 6) && !is_painted(&png, 1, 1));
    }
}
