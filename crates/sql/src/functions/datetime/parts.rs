//! The parts of an instant that a format found in a text, and the instant they make.

use model::time::{NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_SECOND, days_from_civil};

use super::calendar::{is_date, is_leap, iso_week_start};

/// Parts that a format may leave out; the missing ones are those of 1970-01-01 00:00 UTC.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    pub year: Option<i64>,
    pub month: Option<i64>,
    pub day: Option<i64>,
    pub day_of_year: Option<i64>,
    pub week_year: Option<i64>,
    pub week: Option<i64>,
    pub day_of_week: Option<i64>,
    pub hour: Option<i64>,
    /// 0 to 11, with `afternoon`.
    pub hour_of_half: Option<i64>,
    pub afternoon: Option<bool>,
    pub minute: Option<i64>,
    pub second: Option<i64>,
    pub fraction_ns: i64,
    pub offset_ns: i64,
    /// The zone whose clocks show the rest, in place of an offset.
    pub region: Option<String>,
}

impl Parts {
    /// The instant in UTC; `None` when a part is out of its range or the instant does not fit.
    pub fn instant_ns(&self) -> Option<i64> {
        let hour = match (self.hour, self.hour_of_half) {
            (Some(hour), _) => hour,
            (None, Some(hour)) => hour + if self.afternoon == Some(true) { 12 } else { 0 },
            (None, None) => 0,
        };
        let (minute, second) = (self.minute.unwrap_or(0), self.second.unwrap_or(0));
        let valid = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..60).contains(&second);
        if !valid {
            return None;
        }
        let of_day_ns =
            hour * NS_PER_HOUR + minute * NS_PER_MINUTE + second * NS_PER_SECOND + self.fraction_ns;
        let instant = i128::from(self.days()?) * i128::from(NS_PER_DAY) + i128::from(of_day_ns)
            - i128::from(self.offset_ns);
        i64::try_from(instant).ok()
    }

    fn days(&self) -> Option<i64> {
        if self.week_year.is_some() || self.week.is_some() {
            let (week, day) = (self.week.unwrap_or(1), self.day_of_week.unwrap_or(1));
            let valid = (1..=53).contains(&week) && (1..=7).contains(&day);
            let start = iso_week_start(self.week_year.or(self.year).unwrap_or(1970), week);
            return valid.then_some(start + day - 1);
        }
        let year = self.year.unwrap_or(1970);
        if !(-9_999..=9_999).contains(&year) {
            return None;
        }
        if let Some(day_of_year) = self.day_of_year {
            let last = if is_leap(year) { 366 } else { 365 };
            return (1..=last).contains(&day_of_year).then(|| days_from_civil(year, 1, 1) + day_of_year - 1);
        }
        let month = u32::try_from(self.month.unwrap_or(1)).ok()?;
        let day = u32::try_from(self.day.unwrap_or(1)).ok()?;
        is_date(year, month, day).then(|| days_from_civil(year, month, day))
    }
}

/// Takes between `min` and `max` digits from the start of a text.
pub fn take_number(text: &str, min: usize, max: usize) -> Option<(i64, &str)> {
    let length = text.bytes().take(max).take_while(u8::is_ascii_digit).count();
    if length < min {
        return None;
    }
    let (digits, rest) = text.split_at_checked(length)?;
    Some((digits.parse().ok()?, rest))
}

/// Takes the digits of a fraction of a second, at most nine, as nanoseconds.
pub fn take_fraction_ns(text: &str, max: usize) -> Option<(i64, &str)> {
    let length = text.bytes().take(max.min(9)).take_while(u8::is_ascii_digit).count();
    if length == 0 {
        return None;
    }
    let (digits, rest) = text.split_at_checked(length)?;
    let scale = 10_i64.pow(9 - length as u32);
    Some((digits.parse::<i64>().ok()? * scale, rest))
}

/// Takes `Z` or an offset such as `+05`, `+0530`, `+05:30` as nanoseconds.
pub fn take_offset_ns(text: &str) -> Option<(i64, &str)> {
    if let Some(rest) = text.strip_prefix(['Z', 'z']) {
        return Some((0, rest));
    }
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1, text.get(1..)?),
        b'-' => (-1, text.get(1..)?),
        _ => return None,
    };
    let (hours, rest) = take_number(rest, 2, 2)?;
    let after_colon = rest.strip_prefix(':').unwrap_or(rest);
    let (minutes, rest) = take_number(after_colon, 2, 2).unwrap_or((0, rest));
    if hours > 18 || minutes > 59 {
        return None;
    }
    Some((sign * (hours * NS_PER_HOUR + minutes * NS_PER_MINUTE), rest))
}
