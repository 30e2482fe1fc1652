//! A decimal number of any length, by its digits: never through a float.

use std::cmp::Ordering;

/// Digits that an amount may have before and after the point.
const WHOLE_DIGITS_MAX: i64 = 12;
/// See [`WHOLE_DIGITS_MAX`].
const PART_DIGITS_MAX: i64 = 6;

/// Seconds that a part of a contact may take.
pub(super) const SECONDS_MAX: i64 = 1_000_000_000;

/// `±` `whole`.`part` × 10^`exponent`, of any length.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decimal<'a> {
    negative: bool,
    whole: &'a str,
    part: &'a str,
    exponent: i64,
}

impl<'a> Decimal<'a> {
    /// Of a text `-?[0-9]+(\.[0-9]+)?`.
    pub(super) fn of_text(text: &'a str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, part) = match digits.split_once('.') {
            Some((_, "")) => return None,
            Some((whole, part)) => (whole, part),
            None => (digits, ""),
        };
        let only_digits = whole.bytes().chain(part.bytes()).all(|byte| byte.is_ascii_digit());
        (!whole.is_empty() && only_digits).then_some(Self { negative, whole, part, exponent: 0 })
    }

    /// Of a JSON number.
    pub(super) fn of_number(json: &'a str) -> Option<Self> {
        let Some((mantissa, exponent)) = json.split_once(['e', 'E']) else {
            return Self::of_text(json);
        };
        // A record has too few digits to outweigh an exponent of 10⁹.
        let limit = 1_000_000_000;
        let exponent = match exponent.parse::<i64>() {
            Ok(exponent) => exponent.clamp(-limit, limit),
            Err(_) if exponent.starts_with('-') => -limit,
            Err(_) => limit,
        };
        Some(Self { exponent, ..Self::of_text(mantissa)? })
    }

    /// Units of 10⁻⁶, if at most 12 digits are before and 6 after the point.
    pub(super) fn micros(self) -> Option<i64> {
        let part_digits = self.part_digits();
        if PART_DIGITS_MAX < part_digits {
            return None;
        }
        let Some(whole_digits) = self.whole_digits() else { return Some(0) };
        if WHOLE_DIGITS_MAX < whole_digits {
            return None;
        }
        // At most 18 digits, and as many with the zeros.
        let digits = self.digits().fold(0, |sum, digit| 10 * sum + digit);
        let micros = digits * 10_i64.pow(u32::try_from(PART_DIGITS_MAX - part_digits).ok()?);
        Some(if self.negative { -micros } else { micros })
    }

    /// Seconds, rounded half-even. What is above the greatest number of seconds, however little, is not rounded
    /// down to it.
    pub(super) fn seconds(self) -> Option<i64> {
        let Some(whole_digits) = self.whole_digits() else { return Some(0) };
        if self.negative || WHOLE_DIGITS_MAX < whole_digits {
            return None;
        }
        if whole_digits < 0 {
            return Some(0);
        }
        let mut digits = self.digits();
        let whole = (0..whole_digits).fold(0, |sum, _| 10 * sum + digits.next().unwrap_or(0));
        let tenths = digits.next().unwrap_or(0);
        let more = digits.any(|digit| digit != 0);
        if whole == SECONDS_MAX && (tenths != 0 || more) {
            return None;
        }
        Some(match tenths.cmp(&5) {
            Ordering::Less => whole,
            Ordering::Equal if !more => whole + (whole & 1),
            Ordering::Equal | Ordering::Greater => whole + 1,
        })
    }

    /// Whether it is from 0 to 1.
    pub(super) fn is_probability(self) -> bool {
        let Some(whole_digits) = self.whole_digits() else { return true };
        let mut digits = self.digits();
        let mut is_one = || digits.next() == Some(1) && digits.all(|digit| digit == 0);
        !self.negative && (whole_digits < 1 || whole_digits == 1 && is_one())
    }

    /// From the first that is not zero.
    fn digits(self) -> impl Iterator<Item = i64> + use<'a> {
        let digits = self.whole.bytes().chain(self.part.bytes());
        digits.map(|digit| i64::from(digit - b'0')).skip_while(|&digit| digit == 0)
    }

    /// How many of the digits stand after the point, the exponent expanded; below zero, how many
    /// zeros follow them before it.
    fn part_digits(self) -> i64 {
        i64::try_from(self.part.len()).expect("a record has at most 1 MiB") - self.exponent
    }

    /// How many of the digits stand before the point, the exponent expanded; below zero, how many
    /// zeros follow it before them. `None` for zero.
    fn whole_digits(self) -> Option<i64> {
        let digits = self.digits().fold(0, |count, _| count + 1);
        (0 < digits).then(|| digits - self.part_digits())
    }
}
