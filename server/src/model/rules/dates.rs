//! Dates as people write them, and the months of calendars.

use super::words::fold;

const MONTHS: [&str; 12] =
    ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];

/// A day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: u32,
    pub(super) month: u32,
    pub(super) day: u32,
    /// As it was written, which fields for text are given.
    pub(super) written: String,
}

impl Date {
    /// `08/15/2016` (month first, unless that is no month), `2016-08-15`, `15.08.2016`,
    /// `August 15, 2016`, `15 August 2016`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let parts: Vec<String> =
            text.split(|mark: char| !mark.is_alphanumeric()).filter(|part| !part.is_empty() && *part != "of").map(fold).collect();
        let [one, two, three] = parts.as_slice() else { return None };
        let day_of = |part: &str| {
            let digits = ["st", "nd", "rd", "th"].iter().find_map(|ending| part.strip_suffix(ending)).unwrap_or(part);
            digits.parse::<u32>().ok()
        };
        let (year, month, day) = if let Some(month) = month(one) {
            (three.parse().ok()?, month, day_of(two)?)
        } else if let Some(month) = month(two) {
            (three.parse().ok()?, month, day_of(one)?)
        } else {
            let (one, two, three): (u32, u32, u32) = (one.parse().ok()?, two.parse().ok()?, three.parse().ok()?);
            if one > 31 {
                (one, two, three)
            } else if text.contains('.') || one > 12 {
                (three, two, one)
            } else {
                (three, one, two)
            }
        };
        let is_day = (1..=12).contains(&month) && (1..=31).contains(&day) && (1000..=9999).contains(&year);
        is_day.then(|| Self { year, month, day, written: text.trim().to_owned() })
    }

    /// The digits in the order in which a date field of an English browser takes them.
    pub(super) fn keyed(&self) -> String {
        format!("{:02}{:02}{}", self.month, self.day, self.year)
    }

    /// As date fields hold it.
    pub(super) fn iso(&self) -> String {
        format!("{}-{:02}-{:02}", self.year, self.month, self.day)
    }

    /// The months from another year and month to this one.
    pub(super) fn months_after(&self, (year, month): (u32, u32)) -> i64 {
        (i64::from(self.year) - i64::from(year)) * 12 + i64::from(self.month) - i64::from(month)
    }
}

/// The month that a word names: by its name or the first three letters of it.
fn month(word: &str) -> Option<u32> {
    let at = MONTHS.iter().position(|name| word.len() >= 3 && name.starts_with(word))?;
    u32::try_from(at + 1).ok()
}

/// "August 2016", "2016 Aug": the year and the month that a calendar shows.
pub(super) fn shown_month(text: &str) -> Option<(u32, u32)> {
    let parts: Vec<String> = text.split(|mark: char| !mark.is_alphanumeric()).filter(|part| !part.is_empty()).map(fold).collect();
    match parts.as_slice() {
        [one, two] => {
            let (name, year) = if one.starts_with(char::is_numeric) { (two, one) } else { (one, two) };
            let year = year.parse().ok().filter(|year| (1000..=9999).contains(year))?;
            Some((year, month(name)?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_many_spellings() {
        for (text, iso) in [
            ("08/15/2016", "2016-08-15"),
            ("15/08/2016", "2016-08-15"),
            ("2016-08-15", "2016-08-15"),
            ("5.8.2016", "2016-08-05"),
            ("August 15, 2016", "2016-08-15"),
            ("15th of Aug 2016", "2016-08-15"),
        ] {
            assert_eq!(Date::parse(text).map(|date| date.iso()).as_deref(), Some(iso), "{text}");
        }
        for text in ["", "13/13/2016", "August 2016", "1 2 3", "ma 1 2016"] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }

    #[test]
    fn months_of_calendars() {
        assert_eq!(shown_month("August 2016"), Some((2016, 8)));
        assert_eq!(shown_month("2016, Dec"), Some((2016, 12)));
        assert_eq!(shown_month("Open 2016"), None);
        let date = Date::parse("02/01/2017").unwrap();
        assert_eq!(date.months_after((2016, 12)), 2);
        assert_eq!(date.months_after((2017, 3)), -1);
        assert_eq!(date.keyed(), "02012017");
    }
}
