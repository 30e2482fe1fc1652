//! Exact numbers: decimals as they are written, money in units of 10⁻¹², quotients rounded once.

use serde_json::Value;

/// A decimal with its exponent expanded: the digits before and after the point.
pub struct Decimal {
    negative: bool,
    whole: String,
    fraction: String,
}

impl Decimal {
    /// A decimal text: `-?[0-9]+(\.[0-9]+)?` (`docs/SEMANTICS.md` 4).
    pub fn of_text(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return None,
            Some((whole, fraction)) => (whole, fraction),
            None => (digits, ""),
        };
        let decimal = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        (!whole.is_empty() && decimal(whole) && decimal(fraction)).then(|| Self {
            negative,
            whole: whole.to_owned(),
            fraction: fraction.to_owned(),
        })
    }

    /// A JSON number, which is known to be well-formed; the exponent is expanded.
    pub fn of_number(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (text, 0),
        };
        let plain = Self::of_text(mantissa)?;
        // Beyond that there are more digits than any field may have.
        let exponent = exponent.clamp(-1000, 1000);
        let (mut whole, mut fraction) = (plain.whole, plain.fraction);
        for _ in 0..exponent.max(0) {
            whole.push(if fraction.is_empty() { '0' } else { fraction.remove(0) });
        }
        for _ in 0..(-exponent).max(0) {
            fraction.insert(0, whole.pop().unwrap_or('0'));
        }
        let whole = whole.trim_start_matches('0').to_owned();
        Some(Self { negative: plain.negative, whole, fraction })
    }

    /// The value in units of 10^-`after`, if it has at most so many digits before and after the
    /// point.
    pub fn units(&self, before: usize, after: usize) -> Option<i128> {
        // Zeros at the front are not counted, zeros at the back are.
        if self.whole.trim_start_matches('0').len() > before || self.fraction.len() > after {
            return None;
        }
        let digits = format!("0{}{:0<after$}", self.whole, self.fraction);
        let value: i128 = digits.parse().ok()?;
        Some(if self.negative { -value } else { value })
    }

    /// Whether it lies between 0 and 1.
    pub fn is_share(&self) -> bool {
        let zero = |digits: &str| digits.bytes().all(|b| b == b'0');
        let whole = self.whole.trim_start_matches('0');
        let is_zero = whole.is_empty() && zero(&self.fraction);
        is_zero || !self.negative && (whole.is_empty() || whole == "1" && zero(&self.fraction))
    }

    /// Rounded half-even to an integer, if 0 ≤ value ≤ `most`.
    pub fn rounded(&self, most: i128) -> Option<i128> {
        let zero = |digits: &str| digits.bytes().all(|b| b == b'0');
        if self.negative && !(zero(&self.whole) && zero(&self.fraction)) {
            return None;
        }
        if self.whole.trim_start_matches('0').len() > 30 {
            return None;
        }
        let whole: i128 = format!("0{}", self.whole).parse().ok()?;
        if whole > most || (whole == most && !zero(&self.fraction)) {
            return None;
        }
        let half = match self.fraction.as_bytes() {
            [] => std::cmp::Ordering::Less,
            [first, rest @ ..] => first.cmp(&b'5').then(if rest.iter().all(|b| *b == b'0') {
                std::cmp::Ordering::Equal
            } else {
                std::cmp::Ordering::Greater
            }),
        };
        let up = half.is_gt() || (half.is_eq() && whole % 2 == 1);
        Some(whole + i128::from(up))
    }
}

/// `num / den` rounded half-even to `places` digits, in units of 10^-`places`.
///
/// Digit by digit, so that nothing overflows that fits itself.
pub fn quotient(num: i128, den: i128, places: u32) -> i128 {
    assert!(den != 0, "a quotient has a denominator");
    let negative = (num < 0) != (den < 0);
    let (num, den) = (num.unsigned_abs(), den.unsigned_abs());
    let (mut value, mut rest) = (num / den, num % den);
    for _ in 0..places {
        rest *= 10;
        value = value * 10 + rest / den;
        rest %= den;
    }
    if rest > den - rest || (rest == den - rest && value % 2 == 1) {
        value += 1;
    }
    let value = i128::try_from(value).expect("a quotient fits 128 bits");
    if negative { -value } else { value }
}

/// Units of 10^-`digits` as decimal text.
pub fn text(units: i128, digits: u32) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let magnitude = units.unsigned_abs();
    let scale = 10_u128.pow(digits);
    match digits {
        0 => format!("{sign}{magnitude}"),
        _ => format!(
            "{sign}{}.{:0>width$}",
            magnitude / scale,
            magnitude % scale,
            width = digits as usize
        ),
    }
}

/// A ratio or a time: rounded half-even to six places, a JSON number; null where there is nothing
/// to divide by (`docs/SEMANTICS.md` 30).
pub fn ratio(num: i128, den: i128) -> Value {
    if den <= 0 {
        return Value::Null;
    }
    let millionths = quotient(num, den, 6);
    if millionths % 1_000_000 == 0 {
        return count(millionths / 1_000_000);
    }
    let value: f64 = text(millionths, 6).parse().expect("decimal text is a float");
    Value::from(value)
}

/// A count as a JSON integer.
pub fn count(value: i128) -> Value {
    Value::from(i64::try_from(value).expect("counts fit 64 bits"))
}

/// The minor digits of a currency (ISO 4217); 2 for an unknown code (`docs/SEMANTICS.md` 4).
pub fn minor_digits(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}
