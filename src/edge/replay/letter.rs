//! Dead letters: where in the files a record stood that is none, and why.

use std::borrow::Cow;

use super::lines::Lines;
use crate::engine::decode;
use crate::engine::event::Rejection;
use crate::engine::json::Object;

/// A record that was not applied, for a reason that a person can act on.
#[derive(Debug)]
pub struct Letter<'a> {
    /// The topic that its type belongs to, where it names one.
    pub topic: Option<&'static str>,
    /// As named on the command line.
    pub file: Cow<'a, str>,
    /// Of the file, from 1.
    pub line: u64,
    /// One word.
    pub reason: &'a str,
    /// What was found and what was expected.
    pub detail: &'a str,
}

impl<'a> Letter<'a> {
    /// Of the current line.
    pub fn new(lines: &'a Lines, rejection: &'a Rejection) -> Self {
        let name = decode::type_of(lines.line());
        Self {
            topic: name.and_then(|name| decode::topic_of_type(&name)),
            file: lines.path.to_string_lossy(),
            line: lines.number,
            reason: rejection.reason.as_str(),
            detail: &rejection.detail,
        }
    }

    /// As a JSON object; with the file where there are several.
    pub fn write(&self, with_file: bool) -> String {
        let mut out = String::new();
        let mut object = Object::begin(&mut out);
        object.optional("topic", self.topic);
        if with_file {
            object.text("file", &self.file);
        }
        object.integer("line", self.line.into());
        object.text("reason", self.reason);
        object.text("detail", self.detail);
        object.end();
        out
    }
}
