//! What the mouse and the keyboard do.

use lightcone_server::computer::{Action, ComputerError, Point};

use crate::support::{Desk, middle};

/// A page that writes down the events of one kind that it sees.
fn noting(events: &[&str], body: &str) -> String {
    format!(
        "{body}<p id=log>none</p><script>const seen = [];
        for (const kind of {events:?}) document.addEventListener(kind, event => {{
          seen.push(event.key === undefined ? kind : `${{kind}}:${{event.key}}:${{event.code}}`);
          log.textContent = seen.join(' ');
        }});</script>"
    )
}

#[tokio::test]
async fn clicks_are_clicks_double_clicks_and_context_menus() {
    let desk = Desk::showing(&noting(&["click", "dblclick", "contextmenu"], "<button>Here</button>")).await;
    let coordinates = desk.point("button", "Here").await;
    desk.act(Action::Click { coordinates }).await;
    desk.shows("click").await;
    desk.act(Action::RightClick { coordinates }).await;
    desk.shows("click contextmenu").await;
    desk.act(Action::DoubleClick { coordinates }).await;
    desk.shows("click contextmenu click click dblclick").await;
    desk.close().await;
}

#[tokio::test]
async fn three_clicks_select_a_paragraph() {
    let desk = Desk::showing(
        "<p>A line of words</p><p id=out>-</p><script>onclick = event => {
          if (event.detail === 3) out.textContent = 'selected ' + getSelection().toString().trim();
        }</script>",
    )
    .await;
    let coordinates = desk.point("text", "A line of words").await;
    desk.act(Action::DoubleClick { coordinates }).await;
    desk.shows("-").await;
    desk.act(Action::TripleClick { coordinates }).await;
    desk.shows("selected A line of words").await;
    desk.close().await;
}

#[tokio::test]
async fn the_middle_button_is_no_click() {
    let desk = Desk::showing(
        "<button>Here</button><p id=out>-</p><script>for (const kind of ['click', 'mousedown', 'auxclick'])
        document.addEventListener(kind, event => out.textContent += ` ${kind}:${event.button}:${event.buttons}`);</script>",
    )
    .await;
    let coordinates = desk.point("button", "Here").await;
    desk.act(Action::MiddleClick { coordinates }).await;
    desk.shows("- mousedown:1:4 auxclick:1:0").await;
    desk.close().await;
}

#[tokio::test]
async fn a_click_may_hold_keys() {
    let desk = Desk::showing(
        "<select multiple aria-label=Colors size=4><option>Red<option>Green<option>Blue<option>White</select><p id=out>-</p>
        <script>const list = document.querySelector('select');
        list.onclick = event => out.textContent = [event.shiftKey, event.ctrlKey, ...[...list.selectedOptions].map(one => one.text)].join(' ');
        onclick = onkeyup = event => document.title = event.type + event.shiftKey</script>",
    )
    .await;
    let holding = |coordinates, key: &str| Action::ClickHolding { coordinates, keys: vec![key.to_owned()] };
    let [red, blue, white] = [desk.point("option", "Red").await, desk.point("option", "Blue").await, desk.point("option", "White").await];
    desk.act(Action::Click { coordinates: red }).await;
    desk.act(holding(blue, "Shift")).await;
    desk.shows("true false Red Green Blue").await;
    desk.act(Action::Click { coordinates: red }).await;
    desk.act(holding(white, "Control")).await;
    desk.shows("false true Red White").await;
    // The key is up again.
    assert_eq!(desk.page().await.title, "keyupfalse");
    desk.act(Action::Click { coordinates: blue }).await;
    desk.shows("false false Blue").await;
    let error = desk.refused(holding(red, "a")).await;
    assert!(error.contains("\"a\" cannot be held in a click"), "{error}");
    desk.close().await;
}

#[tokio::test]
async fn moving_hovers() {
    let desk = Desk::showing("<style>b { display: none } a:hover + b { display: block }</style><a href='/x'>Over</a><b>Tip</b>").await;
    let coordinates = desk.point("link", "Over").await;
    desk.act(Action::Move { coordinates }).await;
    desk.shows("Tip").await;
    desk.close().await;
}

#[tokio::test]
async fn dragging_moves_a_slider() {
    let desk = Desk::showing("<input type=range min=0 max=100 value=0 aria-label=Level style='width:400px'>").await;
    let bounds = desk.find("slider", "Level").await.bounds.unwrap();
    let y = bounds.y + bounds.height / 2.0;
    desk.act(Action::Drag { path: vec![Point(bounds.x + 8.0, y), Point(bounds.x + 100.0, y), Point(bounds.x + bounds.width - 1.0, y)] })
        .await;
    assert_eq!(desk.find("slider", "Level").await.value.as_deref(), Some("100"));
    desk.close().await;
}

#[tokio::test]
async fn dragging_drops_what_a_page_lets_drag() {
    let desk = Desk::showing(
        "<div draggable=true role=button id=card style='width:100px;height:50px'>Card</div>
        <div role=region aria-label=Box id=box style='margin-top:200px;width:200px;height:100px'>empty</div>
        <script>card.ondragstart = event => event.dataTransfer.setData('text/plain', 'the card');
        box.ondragover = event => event.preventDefault();
        box.ondrop = event => { event.preventDefault(); box.textContent = 'got ' + event.dataTransfer.getData('text/plain') };</script>",
    )
    .await;
    let path = vec![desk.point("button", "Card").await, desk.point("region", "Box").await];
    desk.act(Action::Drag { path: path.clone() }).await;
    desk.shows("got the card").await;
    // The mouse is free again, and so is the next drag.
    desk.act(Action::Drag { path }).await;
    desk.shows("got the card").await;
    desk.close().await;
}

#[tokio::test]
async fn dragging_selects_text() {
    let desk = Desk::showing(
        "<p>A line of words</p><p id=out>-</p><script>onmouseup = () => out.textContent = 'selected ' + getSelection()</script>",
    )
    .await;
    let bounds = desk.find("text", "A line of words").await.bounds.unwrap();
    let y = bounds.y + bounds.height / 2.0;
    desk.act(Action::Drag { path: vec![Point(bounds.x, y), Point(bounds.x + bounds.width + 20.0, y)] }).await;
    desk.shows("selected A line of words").await;
    desk.close().await;
}

#[tokio::test]
async fn typing_writes_any_text() {
    let desk = Desk::showing("<textarea autofocus aria-label=Text rows=9></textarea>").await;
    desk.click("textbox", "Text").await;
    let text =
        "Plain \"quoted\" {[<~|\\>]} \u{e9}\u{df} \u{4f60}\u{597d} \u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467} 100%\nnext line\r\nlast";
    desk.write(text).await;
    assert_eq!(desk.find("textbox", "Text").await.value.unwrap(), text.replace("\r\n", "\n"));
    desk.close().await;
}

#[tokio::test]
async fn typing_a_line_break_sends_a_form() {
    let desk = Desk::with(&[
        ("site.test/index.html", "<form action=/found><input name=q aria-label=Query></form>"),
        (
            "site.test/found.html",
            "<title>Found</title><p id=p><script>p.textContent = new URLSearchParams(location.search).get('q')</script>",
        ),
    ])
    .await;
    desk.click("textbox", "Query").await;
    desk.write("two words\n").await;
    assert_eq!(desk.page().await.url, "http://site.test/found?q=two+words");
    desk.shows("two words").await;
    desk.close().await;
}

#[tokio::test]
async fn typing_is_seen_as_key_events() {
    let desk = Desk::showing(&noting(&["keydown", "keyup"], "<input aria-label=Name>")).await;
    desk.click("textbox", "Name").await;
    desk.write("aB").await;
    desk.shows("keydown:a:KeyA keyup:a:KeyA keydown:B:KeyB keyup:B:KeyB").await;
    desk.close().await;
}

#[tokio::test]
async fn keys_are_held_in_order() {
    let desk = Desk::showing(&noting(&["keydown", "keyup"], "<input aria-label=Name value=old>")).await;
    desk.click("textbox", "Name").await;
    desk.press(&["Control", "a"]).await;
    desk.shows("keydown:Control:ControlLeft keydown:a:KeyA keyup:a:KeyA keyup:Control:ControlLeft").await;
    desk.press(&["Backspace"]).await;
    desk.press(&["Shift", "x"]).await;
    assert_eq!(desk.find("textbox", "Name").await.value.as_deref(), Some("X"));
    desk.close().await;
}

#[tokio::test]
async fn a_list_box_is_chosen_from_by_keyboard() {
    let desk = Desk::showing("<label>Size <select><option>Small<option>Medium<option>Large</select></label>").await;
    desk.click("combobox", "Size").await;
    desk.press(&["ArrowDown"]).await;
    desk.press(&["Enter"]).await;
    assert_eq!(desk.find("combobox", "Size").await.value.as_deref(), Some("Medium"));
    desk.close().await;
}

#[tokio::test]
async fn scrolling_turns_the_wheel() {
    let desk = Desk::showing("<body style='margin:0;width:3000px;height:3000px'>wide").await;
    desk.act(Action::Scroll { coordinates: Point(400.0, 300.0), delta_x: 120.0, delta_y: 480.0 }).await;
    assert_eq!(desk.page().await.scroll, Point(120.0, 480.0));
    desk.act(Action::Scroll { coordinates: Point(400.0, 300.0), delta_x: 0.0, delta_y: -80.0 }).await;
    assert_eq!(desk.page().await.scroll, Point(120.0, 400.0));
    desk.close().await;
}

#[tokio::test]
async fn what_cannot_be_done_says_why_and_harms_nothing() {
    let desk = Desk::showing("<button onclick='this.textContent=\"Done\"'>Do</button>").await;
    for coordinates in [Point(800.0, 10.0), Point(-1.0, 10.0), Point(10.0, 600.0), Point(f64::NAN, 1.0)] {
        let error = desk.refused(Action::Click { coordinates }).await;
        assert!(error.contains("off the screen, which is 800 by 600"), "{error}");
    }
    let error = desk.refused(Action::Keys { keys: vec!["Control".to_owned(), "Retrun".to_owned()] }).await;
    assert!(error.contains("no key \"Retrun\""), "{error}");
    assert!(desk.refused(Action::Keys { keys: Vec::new() }).await.contains("no key"));
    for path in [vec![], vec![Point(1.0, 1.0)], vec![Point(1.0, 1.0), Point(900.0, 1.0)]] {
        let outcome = desk.computer.act(&Action::Drag { path }).await;
        assert!(matches!(outcome, Err(ComputerError::Action(_))), "{outcome:?}");
    }
    desk.click("button", "Do").await;
    desk.find("button", "Done").await;
    desk.close().await;
}

#[tokio::test]
async fn an_action_returns_when_the_screen_has_settled() {
    let desk = Desk::showing(
        "<button onclick='let n = 0; const add = () => { list.append(`${++n} `); if (n < 10) setTimeout(add, 60) }; add()'>Load</button>
        <p id=list></p><style>#spinner { animation: spin 1s infinite linear } @keyframes spin { to { rotate: 360deg } }</style>
        <div id=spinner>o</div>",
    )
    .await;
    desk.click("button", "Load").await;
    let text = desk.text().await;
    assert!(text.contains("10"), "{text}");
    desk.close().await;
}

#[tokio::test]
async fn a_page_that_never_rests_is_left_after_a_while() {
    let desk =
        Desk::showing("<p id=clock></p><script>setInterval(() => clock.textContent = performance.now(), 20)</script><button>Go</button>")
            .await;
    let before = std::time::Instant::now();
    desk.click("button", "Go").await;
    let took = before.elapsed().as_secs_f64();
    assert!((4.0..10.0).contains(&took), "{took}");
    desk.close().await;
}

#[tokio::test]
async fn an_action_given_up_half_way_leaves_nothing_pressed() {
    let desk = Desk::showing(
        "<p id=state>up</p><div role=button style='width:300px;height:300px'>Pad</div>
        <script>onmousedown = () => state.textContent = 'down'; onmouseup = () => state.textContent = 'up again'</script>",
    )
    .await;
    let from = middle(&desk.find("button", "Pad").await);
    let path: Vec<Point> = (0..100).map(|step| Point(from.0 + f64::from(step % 50), from.1)).collect();
    let drag = Action::Drag { path };
    let given_up = tokio::time::timeout(std::time::Duration::from_millis(250), desk.computer.act(&drag)).await;
    assert!(given_up.is_err());
    desk.act(Action::Wait { ms: 1 }).await;
    desk.shows("up again").await;
    desk.close().await;
}
