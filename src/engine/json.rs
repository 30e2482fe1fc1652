//! JSON out: objects written field by field into one text, without a tree in between.

use super::money::write_fixed;

/// An object in the making; [`end`](Self::end) closes it.
#[derive(Debug)]
pub struct Object<'a> {
    out: &'a mut String,
    first: bool,
}

impl<'a> Object<'a> {
    /// Opens an object at the end of `out`.
    pub fn begin(out: &'a mut String) -> Self {
        out.push('{');
        Self { out, first: true }
    }

    /// A field's name; its value is to be written to what this returns.
    pub fn field(&mut self, name: &str) -> &mut String {
        if !std::mem::take(&mut self.first) {
            self.out.push(',');
        }
        write_text(self.out, name);
        self.out.push(':');
        self.out
    }

    /// A field that is an object.
    pub fn object(&mut self, name: &str) -> Object<'_> {
        Object::begin(self.field(name))
    }

    /// A text.
    pub fn text(&mut self, name: &str, value: &str) {
        write_text(self.field(name), value);
    }

    /// A text or `null`.
    pub fn optional(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.text(name, value),
            None => self.field(name).push_str("null"),
        }
    }

    /// An integer.
    pub fn integer(&mut self, name: &str, value: i128) {
        write_fixed(self.field(name), value, 0);
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, name: &str, value: bool) {
        self.field(name).push_str(if value { "true" } else { "false" });
    }

    /// Closes it.
    pub fn end(self) {
        self.out.push('}');
    }
}

/// A JSON string.
pub fn write_text(out: &mut String, text: &str) {
    if text.bytes().all(|byte| byte != b'"' && byte != b'\\' && 0x20 <= byte) {
        out.push('"');
        out.push_str(text);
        out.push('"');
        return;
    }
    out.push_str(&serde_json::to_string(text).expect("a text is JSON"));
}
