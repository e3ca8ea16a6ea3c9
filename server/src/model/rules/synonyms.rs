//! Words that pages use for one another. They count only where the words of the
//! instruction itself name nothing.

use super::words::fold;

/// Of each line any one may stand for another. The longer phrases come first.
const GROUPS: &[&[&str]] = &[
    &["confirm", "ok"],
    &["delete", "remove"],
    &["e-mail", "email", "mail"],
    &["log in", "login", "sign in", "log on"],
    &["log out", "logout", "sign out", "log off"],
    &["phone number", "telephone", "mobile", "phone"],
    &["postal code", "zip code", "postcode", "zip"],
    &["quantity", "qty"],
    &["sign up", "register", "create account"],
    &["submit", "send"],
    &["shopping cart", "shopping basket", "basket", "cart", "bag"],
    &["user name", "username", "user"],
    &["color", "colour"],
];

/// The name with another word for one of its words, for each that there is.
pub(super) fn variants(name: &str) -> Vec<String> {
    let parts: Vec<&str> = name.split_whitespace().collect();
    let mut found = Vec::new();
    for group in GROUPS {
        let said = group.iter().find_map(|phrase| Some((*phrase, place(&parts, phrase)?)));
        let Some((said, (start, end))) = said else { continue };
        for other in group.iter().filter(|other| **other != said) {
            let (before, after) = (parts.get(..start).unwrap_or_default(), parts.get(end..).unwrap_or_default());
            found.push([before, &[*other], after].concat().join(" "));
        }
    }
    found
}

/// Where the phrase stands among the words.
fn place(parts: &[&str], phrase: &str) -> Option<(usize, usize)> {
    let wanted: Vec<&str> = phrase.split(' ').collect();
    let is_said = |window: &[&str]| window.iter().zip(&wanted).all(|(part, word)| fold(part) == *word);
    parts.windows(wanted.len()).position(is_said).map(|start| (start, start + wanted.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_for_another() {
        assert_eq!(variants("Quantity of mugs"), ["qty of mugs"]);
        assert_eq!(variants("the phone number"), ["the telephone", "the mobile", "the phone"]);
        assert_eq!(variants("Sign out"), ["log out", "logout", "log off"]);
        assert!(variants("colourful").is_empty());
    }
}
