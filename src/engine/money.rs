//! Money: exact amounts, the rates between currencies, and how they are printed.
//!
//! An [`Amount`] is what an event says; a [`Money`] is what the engine adds up. Conversion is one
//! exact multiplication; rounding happens once, when a number is printed.

use std::collections::BTreeMap;
use std::fmt;

/// Three capital letters of ISO 4217.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Currency(pub [u8; 3]);

impl Currency {
    /// `None` unless `text` is three capital letters.
    pub fn parse(text: &str) -> Option<Self> {
        let letters: [u8; 3] = text.as_bytes().try_into().ok()?;
        letters.iter().all(u8::is_ascii_uppercase).then_some(Self(letters))
    }

    /// Digits after the point in print and in `amount_minor`: ISO 4217's, 2 for an unknown code.
    pub fn minor_digits(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG"
            | b"RWF" | b"UGX" | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            b"CLF" | b"UYW" => 4,
            _ => 2,
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|&letter| fmt::Write::write_char(f, char::from(letter)))
    }
}

/// What an event says: units of 10⁻⁶ of a currency.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Amount {
    /// Units of 10⁻⁶ of `currency`.
    pub micros: i128,
    /// Whose.
    pub currency: Currency,
}

/// Money in units of 10⁻¹² of the reporting currency.
pub type Money = i128;

/// One unit of the reporting currency.
pub const UNIT: Money = 1_000_000_000_000;

/// What one unit of another currency is worth, constant over time.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rates {
    reporting: Currency,
    /// Units of 10⁻⁶ of the reporting currency for one unit of another.
    micros: BTreeMap<Currency, i128>,
}

impl Rates {
    /// Rates into `reporting`, in units of 10⁻⁶.
    pub fn new(reporting: Currency, micros: BTreeMap<Currency, i128>) -> Self {
        Self { reporting, micros }
    }

    /// The currency in which everything is added up.
    pub fn reporting(&self) -> Currency {
        self.reporting
    }

    /// Units of 10⁻⁶ of the reporting currency for one unit of `currency`, if there is a rate.
    pub fn of(&self, currency: Currency) -> Option<i128> {
        if currency == self.reporting {
            return Some(1_000_000);
        }
        self.micros.get(&currency).copied()
    }
}

/// `num / den` rounded half-even; `den` is above zero.
pub fn divide_half_even(num: i128, den: i128) -> i128 {
    let (quotient, rest) = (num.div_euclid(den), num.rem_euclid(den));
    match rest.cmp(&(den - rest)) {
        std::cmp::Ordering::Less => quotient,
        std::cmp::Ordering::Greater => quotient + 1,
        std::cmp::Ordering::Equal => quotient + (quotient & 1),
    }
}

/// Units of 10⁻¹² rounded half-even to `digits` after the point, as decimal text: `-12.50`.
pub fn write_money(out: &mut String, money: Money, digits: u32) {
    let minor = divide_half_even(money, UNIT / 10_i128.pow(digits));
    write_fixed(out, minor, digits);
}

/// `units` of 10^-`digits` as decimal text with all its digits: `1234, 2` is `12.34`.
pub fn write_fixed(out: &mut String, units: i128, digits: u32) {
    use fmt::Write;
    let scale = 10_u128.pow(digits);
    let sign = if units < 0 { "-" } else { "" };
    let (whole, part) = (units.unsigned_abs() / scale, units.unsigned_abs() % scale);
    let written = if digits == 0 {
        write!(out, "{sign}{whole}")
    } else {
        write!(out, "{sign}{whole}.{part:0width$}", width = digits as usize)
    };
    debug_assert!(written.is_ok(), "a String takes everything");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(money: Money) -> String {
        let mut out = String::new();
        write_money(&mut out, money, 2);
        out
    }

    #[test]
    fn halves_go_to_the_even_neighbour() {
        assert_eq!(printed(UNIT * 125 / 1000), "0.12");
        assert_eq!(printed(UNIT * 135 / 1000), "0.14");
        assert_eq!(printed(-UNIT * 125 / 1000), "-0.12");
        assert_eq!(printed(UNIT * 125 / 1000 + 1), "0.13");
    }

    #[test]
    fn a_currency_is_three_capital_letters() {
        assert_eq!(Currency::parse("CNY").map(|c| c.to_string()).as_deref(), Some("CNY"));
        assert_eq!(Currency::parse("cny"), None);
        assert_eq!(Currency::parse("CNYX"), None);
    }
}
