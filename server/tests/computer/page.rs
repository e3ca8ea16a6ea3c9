//! What a computer sees of a page.

use crate::support::{Desk, VIEWPORT, chromium, outline, web_of};
use lightcone_server::computer::chromium::Chromium;
use lightcone_server::computer::{Action, Point};

fn png_size(png: &[u8]) -> (u32, u32) {
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    (u32::from_be_bytes(png[16..20].try_into().unwrap()), u32::from_be_bytes(png[20..24].try_into().unwrap()))
}

#[tokio::test]
async fn a_screenshot_is_a_png_of_the_viewports_size() {
    let desk = Desk::showing("<body style='height:3000px; width:2000px'>tall").await;
    assert_eq!(png_size(&desk.computer.screenshot().await.unwrap()), (VIEWPORT.width, VIEWPORT.height));
    assert_eq!(desk.computer.id(), "computer");
    desk.close().await;
}

/// The screenshot has more pixels, and nothing else changes: the page is laid out the same,
/// its places are those where the mouse meets it, and the wheel turns it as far.
#[tokio::test]
async fn a_scaled_device_shows_more_pixels_in_the_same_places() {
    let web = web_of(&[(
        "site.test/index.html",
        "<!doctype html><title>Site</title><style>body { margin: 0 }</style>
        <div style='height:200px'></div><button style='margin-left:300px; width:100px; height:40px' onclick='document.title = `${innerWidth}x${innerHeight} ${devicePixelRatio}`'>Go</button>
        <iframe style='margin-left:40px; border:5px solid; width:200px; height:100px' srcdoc='<body style=margin:0><button onclick=\"parent.document.title += ` in`\">In</button>'></iframe>
        <div style='height:3000px'></div><button onclick='document.title += ` below`'>Below</button>",
    )]);
    let mut seen = Vec::new();
    for scale in [1.0, 1.5, 2.0] {
        let desk = Desk::on(Chromium { scale, ..chromium(web.path()) }).await;
        desk.open("http://site.test/").await;
        let pixels = |css: u32| (f64::from(css) * scale) as u32;
        assert_eq!(png_size(&desk.computer.screenshot().await.unwrap()), (pixels(VIEWPORT.width), pixels(VIEWPORT.height)));
        desk.click("button", "Go").await;
        assert_eq!(desk.page().await.title, format!("{}x{} {scale}", VIEWPORT.width, VIEWPORT.height));
        desk.click("button", "In").await;
        let places = [desk.find("button", "Go").await.bounds, desk.find("button", "In").await.bounds];
        desk.act(Action::Scroll { coordinates: Point(400.0, 300.0), delta_x: 0.0, delta_y: 2900.0 }).await;
        desk.click("button", "Below").await;
        let page = desk.page().await;
        assert!(page.title.ends_with(" in below"), "{}", page.title);
        assert_eq!(page.viewport, VIEWPORT);
        seen.push((places, page.scroll, page.content));
        desk.close().await;
    }
    assert!(seen.windows(2).all(|two| two[0] == two[1]), "{seen:#?}");
}

#[tokio::test]
async fn a_new_computer_shows_an_empty_page() {
    let desk = Desk::with(&[("other.test/index.html", "")]).await;
    let page = desk.page().await;
    assert_eq!(page.url, "about:blank");
    assert_eq!(page.viewport, VIEWPORT);
    assert_eq!(png_size(&desk.computer.screenshot().await.unwrap()), (VIEWPORT.width, VIEWPORT.height));
    desk.close().await;
}

#[tokio::test]
async fn the_tree_has_roles_names_values_and_states() {
    let desk = Desk::showing(
        "<main><h2>Head</h2><p>Some <b>bold</b> words</p>
        <ul><li>One<li>Two</ul>
        <table><tr><th>City<th>People<tr><td>Ulm<td>126000</table>
        <a href='/next?x=1'>Next</a> <button disabled title='Not now'>Send</button>
        <label>Name <input value='Ada'></label> <label>Word <input type=password value='geheim'></label>
        <label><input type=checkbox checked> Agree</label> <label><input type=radio name=r> Blue</label>
        <label>Size <select><option>Small<option selected>Large</select></label>
        <input type=search aria-label=Find> <textarea aria-label=Text>lines</textarea>
        <div role=dialog aria-label=Note><div role=tablist><div role=tab aria-selected=true>First</div></div></div>
        <div role=button aria-expanded=false>Menu</div><div role=menu><div role=menuitem>Open</div></div>
        <div hidden>unseen</div></main>",
    )
    .await;
    let page = desk.page().await;
    let text = outline(&page);
    let node = |role: &str, name: &str| {
        page.nodes.iter().find(|node| node.role == role && node.name == name).unwrap_or_else(|| panic!("{role} {name:?} in\n{text}"))
    };
    assert_eq!((page.title.as_str(), page.url.as_str()), ("Site", "http://site.test/"));
    assert_eq!((page.nodes[0].role.as_str(), page.nodes[0].parent), ("document", None));
    assert_eq!(node("heading", "Head").level, Some(2));
    assert_eq!(node("link", "Next").url.as_deref(), Some("http://site.test/next?x=1"));
    assert!(node("button", "Send").states.disabled);
    assert_eq!(node("button", "Send").description.as_deref(), Some("Not now"));
    assert_eq!(node("textbox", "Name").value.as_deref(), Some("Ada"));
    assert_eq!(node("checkbox", "Agree").states.checked, Some(true));
    assert_eq!(node("radio", "Blue").states.checked, Some(false));
    assert_eq!(node("combobox", "Size").value.as_deref(), Some("Large"));
    assert_eq!(node("option", "Large").states.selected, Some(true));
    assert_eq!(node("searchbox", "Find").states.checked, None);
    assert_eq!(node("textbox", "Text").value.as_deref(), Some("lines"));
    assert_eq!(node("tab", "First").states.selected, Some(true));
    assert_eq!(node("button", "Menu").states.expanded, Some(false));
    for (role, name) in [("dialog", "Note"), ("menuitem", "Open"), ("columnheader", "City"), ("cell", "126000"), ("text", "bold")] {
        node(role, name);
    }
    for role in ["main", "paragraph", "list", "listitem", "table", "row"] {
        assert!(page.nodes.iter().any(|node| node.role == role), "{role} in\n{text}");
    }
    let word = node("textbox", "Word");
    assert!(word.states.secret && word.value.as_deref() == Some("\u{2022}".repeat(8).as_str()), "{word:?}");
    assert!(!format!("{page:?}").contains("geheim"));
    assert!(!text.contains("unseen") && !text.contains("inlinetextbox"), "{text}");
    for (index, node) in page.nodes.iter().enumerate().skip(1) {
        assert!(node.parent.unwrap() < index, "depth first");
    }
    desk.close().await;
}

#[tokio::test]
async fn bounds_are_relative_to_the_viewport() {
    let desk = Desk::showing(
        "<body style='margin:0;height:3000px'><button style='position:absolute;left:40px;top:900px;width:120px;height:30px'>Deep</button>
         <button style='position:fixed;left:10px;top:20px;width:100px;height:30px'>Fixed</button>",
    )
    .await;
    let bounds = desk.find("button", "Deep").await.bounds.unwrap();
    assert_eq!((bounds.x, bounds.y, bounds.width, bounds.height), (40.0, 900.0, 120.0, 30.0));
    desk.act(Action::Scroll { coordinates: Point(400.0, 300.0), delta_x: 0.0, delta_y: 700.0 }).await;
    let bounds = desk.find("button", "Deep").await.bounds.unwrap();
    assert_eq!((bounds.x, bounds.y), (40.0, 200.0));
    let bounds = desk.find("button", "Fixed").await.bounds.unwrap();
    assert_eq!((bounds.x, bounds.y), (10.0, 20.0));
    let page = desk.page().await;
    assert_eq!(page.scroll, Point(0.0, 700.0));
    assert_eq!(page.content.1, 3000.0);
    desk.close().await;
}

#[tokio::test]
async fn frames_of_the_site_are_part_of_the_page() {
    let frame = "<body style='margin:0'><button style='position:absolute;left:5px;top:7px;width:50px;height:20px' \
                 onclick='this.textContent=\"Done\"'>Inner</button>";
    let desk = Desk::with(&[
        (
            "site.test/index.html",
            "<body style='margin:0'><iframe src='/frame' style='position:absolute;left:100px;top:200px;border:3px solid'></iframe>",
        ),
        ("site.test/frame.html", frame),
    ])
    .await;
    let button = desk.find("button", "Inner").await;
    let bounds = button.bounds.unwrap();
    assert_eq!((bounds.x, bounds.y), (108.0, 210.0));
    desk.click("button", "Inner").await;
    desk.find("button", "Done").await;
    desk.close().await;
}

#[tokio::test]
async fn text_with_lone_surrogates_can_be_read() {
    let desk = Desk::showing("<p id=p>x</p><script>p.textContent = 'odd \\ud83d end'</script>").await;
    desk.shows("odd \u{fffd} end").await;
    desk.close().await;
}

#[tokio::test]
async fn a_page_of_thousands_of_nodes_is_read_soon() {
    let items: String = (0..1500).map(|number| format!("<li><a href='/{number}'>Item {number}</a></li>")).collect();
    let desk = Desk::showing(&format!("<ul>{items}</ul>")).await;
    let before = std::time::Instant::now();
    let page = desk.page().await;
    let first = before.elapsed();
    assert!(page.nodes.len() > 4500, "{}", page.nodes.len());
    assert!(first.as_secs() < 5, "{first:?}");
    desk.close().await;
}

#[tokio::test]
async fn a_deep_page_is_no_trouble() {
    let desk = Desk::showing("<body><script>let at = document.body; for (let i = 0; i < 400; i++) at = at.appendChild(document.createElement('div')); at.textContent = 'deep'</script>").await;
    desk.shows("deep").await;
    desk.close().await;
}

#[tokio::test]
async fn a_frame_that_cannot_be_seen_may_hold_secrets() {
    let desk = Desk::with(&[
        (
            "site.test/index.html",
            "<body style='margin:0'><input aria-label=Name><iframe src='http://login.test/' title=Login
             style='position:absolute;left:100px;top:200px'></iframe><iframe srcdoc='own' title=Own></iframe>",
        ),
        (
            "login.test/index.html",
            "<body style='margin:0'><input type=password style='position:absolute;left:0;top:0;width:200px;height:100px'>",
        ),
    ])
    .await;
    // Chromium keeps other sites in processes of their own, or (its headless shell) does not
    // and shows what is in the frame: then its field is the secret.
    let secrets = async || {
        let page = desk.page().await;
        let secrets: Vec<_> = page.nodes.into_iter().filter(|node| node.states.secret).collect();
        assert!(matches!(&secrets[..], [one] if one.name == "Login" || one.role == "textbox"), "{secrets:?}");
        secrets[0].states.focused
    };
    assert!(!secrets().await);
    desk.click("textbox", "Name").await;
    assert!(!secrets().await);
    desk.act(Action::Click { coordinates: Point(150.0, 250.0) }).await;
    assert!(secrets().await);
    desk.click("textbox", "Name").await;
    assert!(!secrets().await);
    desk.close().await;
}
