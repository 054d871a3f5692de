//! English names of months and days, as date formats print and read them.

pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// By ISO day of the week, from Monday.
pub const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// The name at a 1-based position; positions come from the calendar and are in range.
pub fn name_of(names: &'static [&'static str], position: i64) -> &'static str {
    usize::try_from(position - 1).ok().and_then(|index| names.get(index)).copied().unwrap_or_default()
}

/// The first three letters of the name at a 1-based position.
pub fn short_name_of(names: &'static [&'static str], position: i64) -> &'static str {
    name_of(names, position).get(..3).unwrap_or_default()
}

/// The 1-based position of the name that `text` begins with, in full or short, in any case, and the rest of the text.
pub fn take_name<'a>(names: &'static [&'static str], text: &'a str) -> Option<(i64, &'a str)> {
    let starts =
        |prefix: &str| text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix));
    for (index, name) in names.iter().enumerate() {
        for form in [name, name.get(..3)?] {
            if starts(form) {
                return Some((index as i64 + 1, text.get(form.len()..)?));
            }
        }
    }
    None
}
