//! From clauses whose verb is the name of a control: "add Jam to the cart", "agree to the
//! terms", "reply to Ada with the text "x"".

use super::asks::extreme;
use super::deed::{Deed, Figure, Gesture};
use super::deeds::{pieces, split_last};
use super::labels::without_nouns;
use super::naming::target;
use super::plan::{Goal, Unplaced};
use super::target::{Kind, Target};
use super::tokens::Token;
use super::typing;
use super::verbs::is_word;
use super::words::{fold, words};

/// Verbs that need somebody to be typed.
const TO_SOMEBODY: &[&str] = &["forward", "invite", "share"];

/// The goals of a clause that begins with such a verb.
pub(super) fn by_name(said: &[Token], object: &[Token], goals: &mut Vec<Goal>) -> Result<(), Unplaced> {
    let text = |tokens: &[Token]| tokens.iter().filter_map(Token::text).collect::<Vec<_>>().join(" ");
    let verb = text(said.get(..said.len().saturating_sub(object.len())).unwrap_or_default());
    let field = Target { kind: Kind::Field, ..Target::default() };
    let control = |near: String, phrase: String| Target { phrase, near, is_verb: true, is_quoted: true, ..Target::named(Kind::Any, &verb) };
    if let Some((most, rest)) = extreme(object) {
        let (rest_of, _) = split_last(object, &["to"]);
        let rest = extreme(rest_of).map_or(rest, |(_, rest)| rest);
        let click = Some(control("it".to_owned(), verb.clone()));
        goals.push(Goal::Figure(Figure::Extreme { most, about: words(&rest), click }));
        return Ok(());
    }
    if let [Token::Quoted(entry), ..] = object
        && fold(&verb) == "add"
    {
        let target = control(entry.clone(), text(said));
        goals.push(Goal::Do(Deed::Add { entry: entry.clone(), target }));
        return Ok(());
    }
    let (about, with) = split_last(object, &["with", "saying"]);
    let written = with.and_then(|with| with.iter().find(|token| matches!(token, Token::Quoted(_)))).and_then(Token::text);
    let about = if written.is_some() { about } else { object };
    // "Reply "thanks"": what is quoted is what is said.
    let bare = Some(about).filter(|_| written.is_none() && ["reply", "answer", "comment", "post"].contains(&fold(&verb).as_str()));
    let said_so = bare.and_then(|about| about.iter().find(|token| matches!(token, Token::Quoted(_))));
    let written = written.or(said_so.and_then(Token::text));
    let about: Vec<Token> = about.iter().filter(|token| Some(*token) != said_so).cloned().collect();
    let (what, to) = split_last(&about, &["to"]);
    let (what, to) = if is_word(what.first(), "to") { (what.get(1..).unwrap_or_default(), None) } else { (what, to) };
    let somebody = to.filter(|_| TO_SOMEBODY.contains(&fold(&verb).as_str()));
    let parts = pieces(what);
    let parts = if parts.is_empty() { vec![what] } else { parts };
    for part in &parts {
        let near = target(part);
        let points_back = ["them", "it", "him", "her", "this", "that"].contains(&fold(&near.phrase).as_str());
        let near = match near {
            _ if points_back => String::new(),
            // "The email by Ada" is near Ada.
            near if !near.near.is_empty() && without_nouns(&near.name).is_empty() => near.near,
            near if near.name.is_empty() => near.phrase,
            near => near.name,
        };
        let phrase = if parts.len() == 1 { format!("{verb} {}", text(&about)) } else { format!("{verb} {near}") };
        goals.push(Goal::Do(Deed::Click { target: control(near, phrase), gesture: Gesture::Click }));
    }
    let written = written.map(str::to_owned).or(somebody.map(text));
    if let Some(written) = written {
        goals.push(typing::given(&written, field));
        goals.push(Goal::Do(Deed::Submit));
    }
    Ok(())
}
