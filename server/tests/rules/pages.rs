//! The rules model on pages it knows nothing of: dialogs, menus, tabs, tables, plain
//! boxes without landmarks.

use lightcone_server::computer::Action;
use lightcone_server::web::Web;

use tempfile::TempDir;

use crate::task::{Outcome, Task, run};

/// A folder whose files are named `host/path`; each text follows a title.
fn web_of(files: &[(&str, &str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, title, body) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, format!("<!doctype html><html lang=en><title>{title}</title>{body}")).unwrap();
    }
    folder
}

async fn on(web: &TempDir, start_url: &str, instruction: &str) -> Outcome {
    run(Task { web: Web::dir(web.path()).unwrap(), instruction, start_url: Some(start_url), messages: &[] }).await
}

async fn ends(web: &TempDir, start_url: &str, cases: &[(&str, &str)]) {
    for (instruction, end) in cases {
        let outcome = on(web, start_url, instruction).await;
        assert_eq!(outcome.end, *end, "{instruction}\n{:#?}", outcome.actions);
    }
}

fn shop() -> TempDir {
    web_of(&[
        (
            "shop.test/index.html",
            "Tea and More",
            "<header><a href=/>Tea and More</a> <nav><a href=/teas>Our teas</a> <a href=/contact>Contact</a> <a href=/visit>Visit us</a></nav></header>
            <main><h1>Welcome</h1><p>We have sold tea since 1974.</p><div style=height:1600px></div>
            <p><a href=/offers>Offers of the week</a></p></main>
            <dialog id=d aria-label=Cookies><p>We use cookies.</p><button onclick='d.close()'>Accept all</button>
            <button onclick='d.close()'>Reject all</button></dialog><script>d.showModal()</script>",
        ),
        (
            "shop.test/teas.html",
            "Our teas",
            "<main><h1>Our teas</h1><label>Kind <select id=k><option value=all>All kinds<option value=black>Black<option value=green>Green</select></label>
            <div id=out></div><script>
            const teas = [['Sencha', 'green', '8.50'], ['Assam', 'black', '6.20'], ['Gunpowder', 'green', '5.90'], ['Keemun', 'black', '9.10']];
            const show = () => out.innerHTML = '<ul>' + teas.filter((tea) => k.value == 'all' || tea[1] == k.value)
              .map((tea) => `<li><b>${tea[0]}</b><div>${tea[2]} EUR</div>`).join('') + '</ul>';
            k.onchange = show; show()</script></main>",
        ),
        ("shop.test/contact.html", "Contact", "<main><h1>Contact</h1><dl><dt>Email<dd>tea@shop.test<dt>Phone<dd>030 1234</dl></main>"),
        (
            "shop.test/visit.html",
            "Visit us",
            "<main><h1>Visit us</h1><p>Our shop lies by the river.</p><h2>Opening hours</h2>
            <table><tr><th>Day<th>Time<tr><td>Monday<td>9 to 18<tr><td>Saturday<td>10 to 14</table><h2>Parking</h2><p>Behind the house.</p></main>",
        ),
        (
            "shop.test/offers.html",
            "Offers",
            "<main><h1>Offers of the week</h1><article><h2>Sencha in a tin</h2><p>Only this week.</p></article>
            <article><h2>Two cups</h2><p>Made of clay.</p></article><article><h2>A kettle</h2><p>For open fires.</p></article></main>",
        ),
    ])
}

#[tokio::test]
async fn finds_its_way_through_a_shop() {
    let web = shop();
    ends(
        &web,
        "https://shop.test/",
        &[
            ("find the green teas", "1. Sencha · 8.50 EUR\n2. Gunpowder · 5.90 EUR"),
            ("find the contact email", "tea@shop.test"),
            ("click the link \"Visit us\" and read the section about parking", "Behind the house."),
            ("go to the visit page and list the opening hours", "1. Monday · 9 to 18\n2. Saturday · 10 to 14"),
            ("find the coffee machines", "not_found: Could not find \"coffee machines\" on \"Tea and More\" (https://shop.test/). Nothing there says \"coffee\" or \"machines\"."),
            ("open the second link and read the title", "Tea and More"),
        ],
    )
    .await;
}

#[tokio::test]
async fn takes_dialogs_away_and_scrolls() {
    let web = shop();
    let outcome = on(&web, "https://shop.test/", "list the first two offers of the week").await;
    assert_eq!(outcome.end, "1. Sencha in a tin · Only this week.\n2. Two cups · Made of clay.");
    let kinds: Vec<_> = outcome.actions.iter().map(|(action, why)| (matches!(action, Action::Scroll { .. }), why.as_str())).collect();
    assert_eq!(
        kinds,
        [
            (false, "button \"Reject all\" takes away what lies over the page"),
            (true, "link \"Offers of the week\" lies outside the screen"),
            (false, "link \"Offers of the week\" fits \"offers week\" best (2 of 2 words)"),
        ]
    );
}

#[tokio::test]
async fn reads_a_paper_without_landmarks() {
    let web = web_of(&[
        (
            "news.test/index.html",
            "The Daily Test",
            "<div><h1>The Daily Test</h1><div><h3><a href=/a>Bridge opens after ten years</a></h3><span>Traffic may cross from Monday.</span></div>
            <div><h3><a href=/b>Storm warning for the coast</a></h3><span>Ferries stay in port.</span></div>
            <div><h3><a href=/c>Library extends its hours</a></h3><span>Open until ten.</span></div></div>
            <button onclick='box.hidden = false; box.focus()'>Search</button>
            <form action=/find><input id=box name=q placeholder='Search the paper' hidden></form>",
        ),
        (
            "news.test/a.html",
            "Bridge opens",
            "<h1>Bridge opens after ten years</h1><div>The new bridge was opened on Friday by the mayor and by several hundred people.</div>
            <div>Traffic may cross from Monday on, at first in one lane only.</div>",
        ),
        (
            "news.test/b.html",
            "Storm warning",
            "<h1>Storm warning for the coast</h1><p>A storm is on its way. It arrives <a href=/a>tonight</a>, say the forecasters, and it will
            stay for two days.</p>",
        ),
        ("news.test/find.html", "Find", "<h1>Results</h1><p>One page was found.</p><ul><li><a href=/b>Storm warning for the coast</a></ul>"),
    ]);
    let storm = "A storm is on its way. It arrives tonight, say the forecasters, and it will stay for two days.";
    ends(
        &web,
        "https://news.test/",
        &[
            (
                "list the news",
                "1. Bridge opens after ten years · Traffic may cross from Monday.\n2. Storm warning for the coast · Ferries stay in port.\n3. \
                 Library extends its hours · Open until ten.",
            ),
            (
                "open the bridge story and summarize the first paragraph",
                "The new bridge was opened on Friday by the mayor and by several hundred people.",
            ),
            ("search for storm and read the first paragraph", storm),
            ("read the article about the storm warning", storm),
        ],
    )
    .await;
}

#[tokio::test]
async fn uses_tabs_and_notices_a_dead_button() {
    let web = web_of(&[
        (
            "device.test/index.html",
            "Device",
            "<main><h1>Device</h1><div role=tablist><button role=tab aria-selected=true onclick=pick(0)>Overview</button>
        <button role=tab aria-selected=false onclick=pick(1)>Technical data</button></div>
        <div role=tabpanel><p>A device for all purposes.</p></div><div role=tabpanel hidden><ul><li>Weight 200 g<li>Width 10 cm</ul></div>
        <button>Manual</button> <a href=/manual>Manual as a page</a><script>
        function pick(n) {
          document.querySelectorAll('[role=tab]').forEach((tab, i) => tab.setAttribute('aria-selected', i == n));
          document.querySelectorAll('[role=tabpanel]').forEach((panel, i) => panel.hidden = i != n);
        }</script></main>",
        ),
        ("device.test/manual.html", "Manual of the device", "<h1>Manual</h1><p>Press the only key.</p>"),
    ]);
    ends(
        &web,
        "https://device.test/",
        &[
            ("list the technical data", "1. Weight 200 g\n2. Width 10 cm"),
            ("click the Overview tab and read the first paragraph", "A device for all purposes."),
            ("open the manual and read the first paragraph", "Press the only key."),
        ],
    )
    .await;
}
