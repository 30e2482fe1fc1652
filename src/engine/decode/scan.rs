//! JSON's grammar, one value at a time: where it ends, and whether it is JSON at all.
//!
//! `serde_json` would skip a value without a limit to its nesting, refuse half a surrogate pair in a
//! name that nobody reads, and take twice the time. A test holds that it accepts the same texts.

use std::fmt;

/// Levels of nesting that a record may have, the outermost object included.
const LEVELS_MAX: u32 = 127;

/// Why a text is not JSON, and at which byte.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Flaw {
    what: &'static str,
    at: usize,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.what, self.at)
    }
}

/// A JSON text and how far it has been read.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Reads the whole of the text as one value.
    pub(super) fn document(mut self) -> Result<(), Flaw> {
        self.space();
        self.value(0)?;
        self.end()
    }

    /// Reads the whole of the text as an object, each of whose names (still quoted) and values is
    /// shown.
    pub(super) fn object(mut self, mut show: impl FnMut(&'a str, &'a str)) -> Result<(), Flaw> {
        self.space();
        if self.peek() != Some(b'{') {
            return Err(self.flaw("expected an object"));
        }
        self.members(0, &mut show)?;
        self.end()
    }

    fn end(&mut self) -> Result<(), Flaw> {
        self.space();
        if self.peek().is_some() { Err(self.flaw("expected the end")) } else { Ok(()) }
    }

    /// A value at the `level`th level, without the space around it.
    #[inline]
    fn value(&mut self, level: u32) -> Result<&'a str, Flaw> {
        let start = self.at;
        match self.peek() {
            Some(b'"') => self.string()?,
            Some(b'{') => self.members(level, |_, _| {})?,
            Some(b'[') => self.elements(level)?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true")?,
            Some(b'f') => self.word("false")?,
            Some(b'n') => self.word("null")?,
            _ => return Err(self.flaw("expected a value")),
        }
        Ok(&self.text[start..self.at])
    }

    /// The members of an object, each shown.
    fn members(&mut self, level: u32, mut show: impl FnMut(&'a str, &'a str)) -> Result<(), Flaw> {
        if self.opens(level, b'}')? {
            return Ok(());
        }
        loop {
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.flaw("expected a name in quotes"));
            }
            self.string()?;
            let name = &self.text[start..self.at];
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.flaw("expected a colon"));
            }
            self.at += 1;
            self.space();
            show(name, self.value(level + 1)?);
            if self.closes(b'}')? {
                return Ok(());
            }
        }
    }

    fn elements(&mut self, level: u32) -> Result<(), Flaw> {
        if self.opens(level, b']')? {
            return Ok(());
        }
        loop {
            self.value(level + 1)?;
            if self.closes(b']')? {
                return Ok(());
            }
        }
    }

    /// Reads an opening bracket; whether the closing one follows at once.
    fn opens(&mut self, level: u32, closing: u8) -> Result<bool, Flaw> {
        if LEVELS_MAX <= level {
            return Err(self.flaw("more than 127 levels of nesting"));
        }
        self.at += 1;
        self.space();
        let empty = self.peek() == Some(closing);
        self.at += usize::from(empty);
        Ok(empty)
    }

    /// After an element: whether the closing bracket follows, rather than a comma.
    #[inline]
    fn closes(&mut self, closing: u8) -> Result<bool, Flaw> {
        self.space();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.space();
                Ok(false)
            }
            Some(byte) if byte == closing => {
                self.at += 1;
                Ok(true)
            }
            _ => Err(self.flaw("expected a comma or a closing bracket")),
        }
    }

    #[inline]
    fn string(&mut self) -> Result<(), Flaw> {
        self.at += 1;
        loop {
            self.plain();
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                Some(_) => return Err(self.flaw("a control character in a text")),
                None => return Err(self.flaw("a text without an end")),
            }
        }
    }

    /// Goes to the next quote, backslash or control character, eight bytes at a time.
    #[inline]
    fn plain(&mut self) {
        const ONES: u64 = u64::MAX / 255;
        const HIGHS: u64 = ONES << 7;
        let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word;
        let is = |word: u64, byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
        let bytes = self.text.as_bytes();
        while let Some(&word) = bytes.get(self.at..).and_then(<[u8]>::first_chunk::<8>) {
            let word = u64::from_le_bytes(word);
            let found = (is(word, b'"') | is(word, b'\\') | below(word, b' ')) & HIGHS;
            if found != 0 {
                self.at += found.trailing_zeros() as usize / 8;
                return;
            }
            self.at += 8;
        }
        while let Some(byte) = self.peek() {
            if matches!(byte, b'"' | b'\\' | ..b' ') {
                return;
            }
            self.at += 1;
        }
    }

    #[cold]
    fn escape(&mut self) -> Result<(), Flaw> {
        match self.text.as_bytes()[self.at + 1..] {
            [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => self.at += 2,
            [b'u', a, b, c, d, ..] if [a, b, c, d].iter().all(u8::is_ascii_hexdigit) => {
                self.at += 6;
            }
            _ => return Err(self.flaw("an unknown escape")),
        }
        Ok(())
    }

    #[inline]
    fn number(&mut self) -> Result<(), Flaw> {
        self.at += usize::from(self.peek() == Some(b'-'));
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Flaw> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if start < self.at { Ok(()) } else { Err(self.flaw("expected a digit")) }
    }

    fn word(&mut self, word: &str) -> Result<(), Flaw> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(self.flaw("expected a value"));
        }
        self.at += word.len();
        Ok(())
    }

    #[inline]
    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[cold]
    fn flaw(&self, what: &'static str) -> Flaw {
        Flaw { what, at: self.at }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    use super::*;

    proptest! {
        /// forall texts: it is JSON here if and only if it is JSON to serde_json
        #[test]
        fn what_is_json_to_serde_json_is_json_here(
            text in r#"[\[\]{}:, "\\ubnax0-9.eE+\-\n\x01é]{0,24}"#,
        ) {
            agrees(&text);
        }

        /// forall valid texts and one changed byte: the same
        #[test]
        fn a_changed_byte_matters_to_both_alike(
            at in any::<prop::sample::Index>(),
            byte in prop::sample::select(b"\"\\[]{}:,019.eE+-tfnu \n\x00".to_vec()),
        ) {
            let mut bytes = SAMPLE.as_bytes().to_vec();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Ok(text) = std::str::from_utf8(&bytes) {
                agrees(text);
            }
        }
    }

    #[test]
    fn every_beginning_of_a_text_matters_to_both_alike() {
        for (end, _) in SAMPLE.char_indices() {
            agrees(&SAMPLE[..end]);
        }
        agrees(SAMPLE);
    }

    #[test]
    fn members_are_shown_as_they_are_written() {
        let mut shown = Vec::new();
        let object = r#" {"a" : [1, {"b":2}] ,"\u0061":"x\"y","":-1.5e3 } "#;
        assert_eq!(Scan::new(object).object(|name, value| shown.push((name, value))), Ok(()));
        assert_eq!(
            shown,
            [(r#""a""#, r#"[1, {"b":2}]"#), (r#""\u0061""#, r#""x\"y""#), (r#""""#, "-1.5e3"),]
        );
    }

    #[test]
    fn nesting_ends_at_127_levels() {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            let nested = |levels| format!("{}1{}", open.repeat(levels), close.repeat(levels));
            assert!(Scan::new(&nested(127)).document().is_ok());
            assert!(Scan::new(&nested(128)).document().is_err());
            assert!(Scan::new(&nested(100_000)).document().is_err());
        }
    }

    #[test]
    fn flaws_are_told_with_their_place() {
        let flaw = |text| Scan::new(text).document().expect_err("a flaw").to_string();
        insta::assert_snapshot!(flaw(r#"{"a":nul}"#), @"expected a value at byte 5");
        insta::assert_snapshot!(flaw(r#"{"a":NaN}"#), @"expected a value at byte 5");
        insta::assert_snapshot!(flaw("{a:1}"), @"expected a name in quotes at byte 1");
        insta::assert_snapshot!(flaw(r#"{"a":1,}"#), @"expected a name in quotes at byte 7");
        insta::assert_snapshot!(flaw(r#"{"a" 1}"#), @"expected a colon at byte 5");
        insta::assert_snapshot!(flaw(r#"{"a":1"#), @"expected a comma or a closing bracket at byte 6");
        insta::assert_snapshot!(flaw(r#"{"a":1]"#), @"expected a comma or a closing bracket at byte 6");
        insta::assert_snapshot!(flaw("01"), @"expected the end at byte 1");
        insta::assert_snapshot!(flaw("1."), @"expected a digit at byte 2");
        insta::assert_snapshot!(flaw("\"a"), @"a text without an end at byte 2");
        insta::assert_snapshot!(flaw("\"a\nb\""), @"a control character in a text at byte 2");
        insta::assert_snapshot!(flaw(r#""\x""#), @"an unknown escape at byte 1");
        insta::assert_snapshot!(
            flaw(&"[".repeat(128)),
            @"more than 127 levels of nesting at byte 127"
        );
    }

    const SAMPLE: &str = r#"{"a": "long enough for more than one word", "é\n\u00e9\ud800": [true, false, null], "n": [0, -0.5, 1e5, 12.25E-3, 7e+1], "o": {"": {}, "x": []}}"#;

    fn agrees(text: &str) {
        let theirs = serde_json::from_str::<&RawValue>(text).is_ok();
        assert_eq!(Scan::new(text).document().is_ok(), theirs, "{text:?}");
    }
}
