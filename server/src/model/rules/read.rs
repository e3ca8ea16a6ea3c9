//! Reading: which part of the page answers, and which way leads to it.

use std::ops::Range;

use super::answer::{Answer, summary};
use super::context::{Candidate, called, candidates};
use super::figures;
use super::lists::{self, List};
use super::memory::{Memory, Step};
use super::plan::{Object, What, Which};
use super::view::View;
use super::words::{Fit, Word, joined, words};

/// Roles whose text is told with them, or is no text of the page.
const MARKED: &[&str] = &["button", "definition", "heading", "link", "listitem", "option", "paragraph", "row", "tab", "term"];

/// Text that runs to so many words is prose even without a paragraph around it.
const PROSE_WORDS: usize = 8;

/// What to do next to tell what is asked for.
pub(super) fn read(view: &View<'_>, object: &Object, brief: bool, memory: &Memory) -> Step {
    let page = view.all();
    if object.what == What::Place {
        return Step::Done(Some(Answer::text(view.place())));
    }
    let is_one = object.which == Which::All && object.limit.is_none() && !object.about.iter().any(|word| word.is_plural());
    if object.what == What::Named
        && let Some(value) =
            if is_one { figures::value(view, &object.about) } else { figures::cell(view, &object.about).filter(|_| object.about.len() > 1) }
    {
        return Step::Done(Some(Answer::text(value)));
    }
    if object.what == What::Link
        && let Some(address) = link(view, object)
    {
        return Step::Done(Some(Answer::text(address)));
    }
    if object.what != What::Link
        && let Some(text) = unfolded(view, &object.about)
    {
        return Step::Done(Some(Answer::text(text)));
    }
    let found = if object.about.is_empty() { Some(page) } else { scope(view, object.what, &object.about) };
    if let Some(answer) = found.and_then(|nodes| take(view, object, brief, nodes)) {
        return Step::Done(Some(answer));
    }
    let is_counted = matches!(object.which, Which::Nth(_));
    let names_section = scope_of_section(view, &object.about).is_some();
    if object.about.is_empty() || is_counted && object.what == What::Paragraph && names_section {
        // The section has not so many.
        return Step::Stuck;
    }
    seek(view, object, brief, memory)
}

/// What stands under an open control of that name: the answer to a question, a closed section.
fn unfolded(view: &View<'_>, about: &[Word]) -> Option<String> {
    let expanded = |at: usize| view.node(at).and_then(|node| node.states.expanded);
    let is_open = |at: &usize| {
        let fit = Fit::of(about, &view.name(*at));
        expanded(*at) == Some(true)
            && ["button", "disclosuretriangle"].contains(&view.role(*at))
            && fit.matched * 2 > fit.wanted
            && fit.is_about()
    };
    let open = view.all().filter(is_open).max_by_key(|at| Fit::of(about, &view.name(*at)).rank())?;
    let start = view.within(open).end;
    let ends = |at: &usize| expanded(*at).is_some() || ["heading", "button"].contains(&view.role(*at));
    let end = (start..view.page.nodes.len()).find(ends).unwrap_or(view.page.nodes.len());
    Some(view.text_of(start..end, " ")).filter(|text| !text.is_empty())
}

/// One link that is named, with its address.
fn link(view: &View<'_>, object: &Object) -> Option<String> {
    if object.which == Which::All || object.about.is_empty() {
        return None;
    }
    let fits = |at: &usize| view.is_drawn(*at) && Fit::of(&object.about, &view.name(*at)).is_whole();
    let at =
        view.all().filter(|at| view.role(*at) == "link").filter(fits).min_by_key(|at| Fit::of(&object.about, &view.name(*at)).spare)?;
    Some(format!("{} ({})", view.name(at), view.node(at)?.url.as_deref()?))
}

/// The part of the page that bears the name: the page itself or a section of it.
pub(super) fn scope(view: &View<'_>, what: What, about: &[Word]) -> Option<Range<usize>> {
    let main = view.main_heading();
    // A heading that is a link stands for another page.
    let leads_away = |at: usize| view.within(at).any(|inner| view.role(inner) == "link");
    let headings = view.content("heading").filter(|at| Some(*at) == main || !leads_away(*at));
    let mut sections: Vec<_> = headings.map(|at| (at, Fit::of(about, &view.name(at)))).filter(|(_, fit)| fit.is_whole()).collect();
    // Around the content only what bears just that name.
    sections.extend(scope_of_section(view, about).map(|at| (at, Fit::of(about, &view.name(at)))));
    sections.sort_by_key(|(_, fit)| fit.spare);
    let (heading, fit) = sections.into_iter().next()?;
    // "Results for rust" is not about Rust; "Rust (language)" may be, where nothing is nearer.
    let is_near = fit.is_exact() || (what != What::Named && fit.is_about() && !looks_like_results(view));
    is_near.then(|| if Some(heading) == main { view.all() } else { heading..view.section(heading).end })
}

/// The heading below the main one that has just these words, and text of its own.
fn scope_of_section(view: &View<'_>, about: &[Word]) -> Option<usize> {
    let is_it = |at: &usize| view.role(*at) == "heading" && Some(*at) != view.main_heading() && Fit::of(about, &view.name(*at)).is_exact();
    let has_text = |at: &usize| !view.text_of(view.within(*at).end..view.section(*at).end, " ").is_empty();
    let leads_away = |at: &usize| view.within(*at).any(|inner| view.role(inner) == "link");
    view.all().find(|at| is_it(at) && has_text(at) && !leads_away(at))
}

/// Whether the page lists what a search found: its address carries a query.
pub(super) fn looks_like_results(view: &View<'_>) -> bool {
    let carries_query = url::Url::parse(&view.page.url).is_ok_and(|url| url.query_pairs().any(|(_, value)| !value.is_empty()));
    carries_query || view.main_heading().is_some_and(|at| Fit::of(&words("search results"), &view.name(at)).matched > 0)
}

/// Whether the page is the one about these words, and no list of what was found for them.
pub(super) fn is_about(view: &View<'_>, query: &str) -> bool {
    let fit = view.main_heading().map(|at| Fit::of(&words(query), &view.name(at)));
    !looks_like_results(view) && fit.is_some_and(Fit::is_whole)
}

/// Reads what is asked for from some nodes, if it is there.
fn take(view: &View<'_>, object: &Object, brief: bool, nodes: Range<usize>) -> Option<Answer> {
    let shown = |text: String| if brief { summary(&text) } else { text };
    let inside = |at: &usize| nodes.contains(at);
    let (texts, is_list): (Vec<String>, bool) = match object.what {
        What::Place => (vec![view.place()], false),
        What::Title if nodes == view.all() => (vec![super::view::squeezed(&view.page.title)], false),
        What::Title => (vec![view.name(nodes.start)], false),
        What::Heading => (view.content("heading").filter(inside).map(|at| view.name(at)).collect(), true),
        What::Paragraph => (paragraphs(view, &nodes).into_iter().map(shown).collect(), false),
        What::Prose => (prose(view, brief, &nodes), false),
        What::Link => (view.content("link").filter(inside).map(|at| view.name(at)).collect(), true),
        What::List => {
            let mut lists = lists::lists(view);
            lists.retain(|list| list.entries.first().is_some_and(|entry| nodes.contains(&entry.start)));
            lists.sort_by_key(|list| list.entries.first().map(|entry| entry.start));
            let list = match object.which {
                Which::Last => lists.last(),
                Which::Nth(n) => lists.get(n - 1),
                Which::All => lists.first(),
            }?;
            return Some(entries(view, list.entries.clone(), object.limit));
        }
        What::Item | What::Named => {
            // "Lighthouses" on the page of that name is what it says of them, in a section what it lists.
            let names_page = object.what == What::Named && nodes == view.all();
            let list = lists::lists(view)
                .into_iter()
                .filter(|_| !names_page || is_several(&object.about))
                .find(|list| list.entries.first().is_some_and(|entry| nodes.contains(&entry.start)));
            match list {
                Some(list) => (list.entries.iter().map(|entry| lists::line(view, entry)).collect(), true),
                None if object.what == What::Named => (prose(view, brief, &nodes), false),
                None => return None,
            }
        }
    };
    let texts: Vec<_> = texts.into_iter().filter(|text| !text.is_empty()).collect();
    pick(texts, object, is_list)
}

/// All, the nth or the last.
fn pick(texts: Vec<String>, object: &Object, is_list: bool) -> Option<Answer> {
    match object.which {
        _ if texts.is_empty() => None,
        Which::All => Some(Answer { texts, limit: object.limit, is_list }),
        Which::Nth(n) => texts.into_iter().nth(n - 1).map(Answer::text),
        Which::Last => texts.into_iter().next_back().map(Answer::text),
    }
}

fn entries(view: &View<'_>, entries: Vec<Range<usize>>, limit: Option<usize>) -> Answer {
    Answer { texts: entries.iter().map(|entry| lists::line(view, entry)).collect(), limit, is_list: true }
}

/// The paragraphs of some nodes: those after the main heading, where there are any; on
/// a page without paragraphs a message, or text that runs long enough.
pub(super) fn paragraphs(view: &View<'_>, nodes: &Range<usize>) -> Vec<String> {
    let of_role = |role: &str| -> Vec<usize> { view.content(role).filter(|at| nodes.contains(at) && !view.text(*at).is_empty()).collect() };
    let mut found = of_role("paragraph");
    if found.is_empty() {
        found = of_role("status");
    }
    if found.is_empty() {
        let named = ["heading", "link", "button", "listitem", "cell", "columnheader"];
        found = of_role("text");
        found
            .retain(|at| view.text(*at).split(' ').count() >= PROSE_WORDS && !view.ancestors(*at).any(|up| named.contains(&view.role(up))));
    }
    if let Some(heading) = view.main_heading().filter(|heading| found.iter().any(|at| at > heading)) {
        found.retain(|at| *at > heading);
    }
    found.into_iter().map(|at| view.text(at)).collect()
}

/// Whether the page has text to read.
pub(super) fn has_prose(view: &View<'_>) -> bool {
    !paragraphs(view, &view.all()).is_empty()
}

/// The paragraphs of a page, or all that a section says, its lists included; in brief,
/// the first sentences of the first paragraph.
fn prose(view: &View<'_>, brief: bool, nodes: &Range<usize>) -> Vec<String> {
    let paragraphs = paragraphs(view, nodes);
    match paragraphs.first() {
        Some(first) if brief => vec![summary(first)],
        _ if *nodes == view.all() => paragraphs,
        _ => {
            let start = view.within(nodes.start).end;
            let is_piece = |at: &usize| ["paragraph", "listitem", "row"].contains(&view.role(*at)) && view.is_content(*at);
            let mut pieces: Vec<Range<usize>> = Vec::new();
            for at in (start..nodes.end).filter(is_piece) {
                if pieces.last().is_none_or(|last| last.end <= at) {
                    pieces.push(at..view.within(at).end);
                }
            }
            let mut texts: Vec<String> = Vec::new();
            let mut last = "paragraph";
            for piece in pieces {
                let (role, text) = (view.role(piece.start), view.text_of(piece, " · "));
                // The entries of a list stay together.
                match texts.last_mut().filter(|_| role != "paragraph" && role == last) {
                    Some(list) => *list = format!("{list}\n{text}"),
                    None => texts.push(text),
                }
                last = role;
            }
            if texts.is_empty() { vec![view.text_of(start..nodes.end, " · ")] } else { texts }
        }
    }
}

/// Nothing on the page bears the whole name: a list that fits, a control to follow,
/// text that mentions it, and at last the search.
fn seek(view: &View<'_>, object: &Object, brief: bool, memory: &Memory) -> Step {
    let placed = memory.placed(view);
    let missing: Vec<Word> = object.about.iter().filter(|word| !word.is_among(&placed)).cloned().collect();
    if missing.len() < object.about.len()
        && let Some(answer) = scope(view, object.what, &missing).and_then(|nodes| take(view, object, brief, nodes))
    {
        return Step::Done(Some(answer));
    }
    let all_ways = candidates(view, &object.about, |key| memory.has_tried(key));
    let mut ways = all_ways.clone();
    ways.retain(|way| Fit::of(&missing, &view.name(way.at)).matched > 0);
    let tells_entries = matches!(object.what, What::Named | What::Item | What::List | What::Link);
    if let Some(way) = ways.iter().find(|way| !tells_entries && way.fit.is_exact()) {
        return follow(view, *way, &object.about);
    }
    if !tells_entries
        && missing.is_empty()
        && !looks_like_results(view)
        && let Some(answer) = take(view, object, brief, view.all())
    {
        return Step::Done(Some(answer));
    }
    let mut lists = if tells_entries { lists::lists(view) } else { Vec::new() };
    if memory.shows_results(view) {
        // Their heading repeats what was typed.
        lists.iter_mut().for_each(|list| list.label.clear());
    }
    // One thing that the page as a whole does not stand for is said by some line of it.
    let names_one = object.what == What::Named && !is_several(&object.about) && !missing.is_empty();
    let leads_there = ways.first().is_some_and(|way| way.fit.is_exact());
    if names_one
        && !leads_there
        && let Some(answer) = mention(view, object, &placed, brief, memory)
    {
        return Step::Done(Some(answer));
    }
    if let Some(list) = lists.iter().find(|list| is_named(view, list, &missing)) {
        return listed(view, list.entries.clone(), object);
    }
    if let Some(way) = ways.iter().find(|way| Fit::of(&missing, &view.name(way.at)).is_about()) {
        return follow(view, *way, &object.about);
    }
    if let Some(list) = lists.iter().map(|list| filtered(view, list, &missing)).find(|entries| !entries.is_empty()) {
        return listed(view, list, object);
    }
    let leads_to_prose = ways.first().filter(|way| object.what == What::Prose && way.fit.is_whole()).is_some();
    if !leads_to_prose && let Some(answer) = mention(view, object, &placed, brief, memory) {
        return Step::Done(Some(answer));
    }
    if missing.is_empty()
        && !memory.shows_results(view)
        && let Some(answer) = take(view, &Object { what: What::Prose, ..object.clone() }, brief, view.all())
    {
        return Step::Done(Some(answer));
    }
    // A word that the page stands for may still name the way: "Teas" on the page of a tea shop.
    if let Some(way) = ways.first().or(all_ways.first()).filter(|way| !memory.shows_results(view) || way.fit.is_whole()) {
        return follow(view, *way, &object.about);
    }
    match super::search::query(view, &object.about).filter(|_| !memory.has_searched) {
        Some(query) => Step::Search(query),
        None => Step::Stuck,
    }
}

/// Whether the words name several things.
fn is_several(about: &[Word]) -> bool {
    about.iter().any(Word::is_plural)
}

fn follow(view: &View<'_>, way: Candidate, about: &[Word]) -> Step {
    let why = format!("{} fits \"{}\" best ({} of {} words)", called(view, way.at), joined(about), way.fit.matched, way.fit.wanted);
    Step::Click { at: way.at, why }
}

/// Whether a list answers for the words that the page itself does not account for:
/// its label does, or the word is a mere noun for its entries.
fn is_named(view: &View<'_>, list: &List, missing: &[Word]) -> bool {
    let label = words(&list.label);
    let (last, before) = match missing.split_last() {
        Some(parts) => parts,
        None => return list.entries.len() > 1 || !label.is_empty(),
    };
    let is_label = |word: &Word| word.is_among(&label);
    let all_mention = |word: &Word| list.entries.iter().all(|entry| word.is_among(&words(&lists::line(view, entry))));
    before.iter().all(is_label) && (is_label(last) || (lists::is_kind(last) && last.is_plural()) || all_mention(last))
}

/// The entries that mention every missing word.
fn filtered(view: &View<'_>, list: &List, missing: &[Word]) -> Vec<Range<usize>> {
    let label = words(&list.label);
    let wanted: Vec<_> = missing.iter().filter(|word| !word.is_among(&label) && !lists::is_kind(word)).cloned().collect();
    list.entries.iter().filter(|entry| Fit::of(&wanted, &lists::line(view, entry)).is_whole()).cloned().collect()
}

fn listed(view: &View<'_>, found: Vec<Range<usize>>, object: &Object) -> Step {
    match pick(entries(view, found, object.limit).texts, object, true) {
        Some(answer) => Step::Done(Some(answer)),
        None => Step::Stuck,
    }
}

/// The shortest text on the page that mentions every word which the page as a whole
/// does not stand for.
fn mention(view: &View<'_>, object: &Object, placed: &[Word], brief: bool, memory: &Memory) -> Option<Answer> {
    let asked: Vec<_> = object.about.iter().filter(|word| !word.is_among(placed)).cloned().collect();
    // Where the page stands for every word, its text still has to say the last one.
    let wanted = if asked.is_empty() { object.about.last().cloned().into_iter().collect() } else { asked };
    let mut found: Vec<String> = Vec::new();
    let tells_prose = matches!(object.what, What::Paragraph | What::Prose | What::Heading | What::Title);
    let roles: &[&str] = if tells_prose { &["paragraph", "text"] } else { &["term", "paragraph", "listitem", "row", "text"] };
    for role in roles.iter().copied() {
        for at in view.content(role) {
            let is_part = role == "text" && view.ancestors(at).any(|up| MARKED.contains(&view.role(up)));
            if is_part {
                continue;
            }
            let above =
                view.heading_above(at).filter(|_| !memory.shows_results(view)).map(|heading| view.name(heading)).unwrap_or_default();
            let text = if role == "term" { described(view, at) } else { view.text(at) };
            let mentions = Fit::of(&wanted, &text).matched > 0 && Fit::of(&wanted, &format!("{text} {above}")).is_whole();
            // A page that says what was searched for only repeats it.
            let repeats = memory.has_searched && Fit::of(&object.about, &text).is_exact();
            let is_label = role == "text" && text.ends_with(':');
            if mentions && !repeats && !is_label {
                found.push(text);
            }
        }
        if !found.is_empty() {
            break;
        }
    }
    let text = match object.which {
        Which::Nth(n) if object.what != What::Named => found.into_iter().nth(n - 1),
        _ => found.into_iter().min_by_key(String::len),
    }?;
    Some(Answer::text(if brief { summary(&text) } else { text }))
}

/// A term with what is said of it.
fn described(view: &View<'_>, term: usize) -> String {
    let end = view.within(term).end;
    let definition = (end..view.page.nodes.len()).find(|at| view.role(*at) == "definition");
    definition.map(|at| format!("{}: {}", view.text(term), view.text(at))).unwrap_or_default()
}
