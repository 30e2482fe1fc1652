//! Reading: every key is asked for once, with what it can be; what nobody asked for is unknown.
//!
//! The last layer that states a value has it. Every layer's value is checked, also where another
//! overrides it, and every fault is reported, not only the first.

use std::collections::BTreeMap;
use std::fmt;

use super::error::{Fault, Origin, Problem};
use super::layer::{Layer, Leaf, Raw};
use super::nearest::nearest;
use super::properties::is_secret;

/// What a value means, or what was expected instead.
pub type Parsed<T> = Result<T, String>;

/// Layers, the lowest first, and what came of reading them.
pub struct Reader {
    layers: Vec<Layer>,
    asked: Vec<String>,
    faults: Vec<Fault>,
    unused: Vec<Unused>,
}

/// A key that the user states and that nothing uses yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unused {
    /// Who states it.
    pub origin: Origin,
    /// The key, with its section.
    pub key: String,
}

impl fmt::Display for Unused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} is without effect: nothing uses it yet", self.origin, self.key)
    }
}

impl Reader {
    /// The defaults first.
    pub fn new(layers: Vec<Layer>) -> Self {
        Self { layers, asked: Vec::new(), faults: Vec::new(), unused: Vec::new() }
    }

    /// A key that has a default.
    pub fn value<T>(&mut self, key: &str, parse: impl Fn(&Raw) -> Parsed<T>) -> T {
        self.optional(key, parse).expect("deploy/config.toml states this key")
    }

    /// A key without a default.
    pub fn optional<T>(&mut self, key: &str, parse: impl Fn(&Raw) -> Parsed<T>) -> Option<T> {
        self.asked.push(key.to_owned());
        let mut value = None;
        for layer in &mut self.layers {
            let Some(leaf) = layer.remove(key) else { continue };
            match parse(&leaf.raw) {
                Ok(parsed) => value = Some(parsed),
                Err(expected) => self.faults.push(fault(key, &leaf, Problem::Expected(expected))),
            }
        }
        value
    }

    /// A section whose keys are the user's, each checked with its name.
    pub fn map<T>(
        &mut self,
        section: &str,
        parse: impl Fn(&str, &Raw) -> Parsed<T>,
    ) -> BTreeMap<String, T> {
        let prefix = format!("{section}.");
        let names: Vec<String> = self
            .layers
            .iter()
            .flat_map(BTreeMap::keys)
            .filter_map(|key| key.strip_prefix(&prefix).map(str::to_owned))
            .collect();
        self.asked.push(format!("{section}.*"));
        names
            .into_iter()
            .filter_map(|name| {
                let key = format!("{prefix}{name}");
                let value = self.optional(&key, |raw| parse(&name, raw))?;
                Some((name, value))
            })
            .collect()
    }

    /// A key that nothing uses yet: it is checked, and noted where the user states it.
    pub fn unused<T>(&mut self, key: &str, parse: impl Fn(&Raw) -> Parsed<T>) {
        // Of an array of tables the section says it once.
        let noted = match key.split('.').collect::<Vec<_>>()[..] {
            [section, number, _] if number.parse::<usize>().is_ok() => section,
            _ => key,
        };
        let stated = self.layers.iter().skip(1).filter_map(|layer| layer.get(key)).next_back();
        if let Some(leaf) = stated
            && self.unused.iter().all(|unused| unused.key != noted)
        {
            self.unused.push(Unused { origin: leaf.origin.clone(), key: noted.to_owned() });
        }
        let _checked = self.optional(key, parse);
    }

    /// How many tables `[[section]]` there are.
    pub fn tables(&mut self, section: &str) -> usize {
        let prefix = format!("{section}.");
        let numbers =
            self.layers.iter().flat_map(BTreeMap::keys).filter_map(|key| {
                key.strip_prefix(&prefix)?.split('.').next()?.parse::<usize>().ok()
            });
        numbers.max().unwrap_or(0)
    }

    /// A key that its table must have.
    pub fn required(&mut self, table: &str, key: &str) {
        let full = format!("{table}.{key}");
        let prefix = format!("{table}.");
        if self.layers.iter().any(|layer| layer.contains_key(&full)) {
            return;
        }
        let first = self
            .layers
            .iter()
            .flatten()
            .find(|(name, _)| name.starts_with(&prefix) || *name == table)
            .map(|(_, leaf)| leaf.clone());
        if let Some(leaf) = first {
            self.faults.push(Fault {
                origin: leaf.origin,
                key: table.to_owned(),
                value: "a table".to_owned(),
                problem: Problem::Expected(format!("a key {key} in it")),
            });
        }
    }

    /// The keys that were asked for, and what the user states in vain; or all that is wrong.
    pub fn finish(mut self) -> Result<(Vec<String>, Vec<Unused>), Vec<Fault>> {
        for (key, leaf) in self.layers.iter().flatten() {
            let section = format!("{key}.");
            let is_section = self.asked.iter().any(|asked| asked.starts_with(&section));
            let problem = match (&leaf.raw, is_section) {
                (Raw::Table, true) => continue,
                (Raw::List(items), true) if items.is_empty() => continue,
                (_, true) if self.asked.contains(&format!("{key}.1.kpi")) => {
                    Problem::Expected(format!("tables [[{key}]]"))
                }
                (_, true) => Problem::Expected(format!("a table [{key}]")),
                (_, false) => Problem::Unknown(nearest(key, &self.asked)),
            };
            self.faults.push(fault(key, leaf, problem));
        }
        self.faults.sort_by_key(|fault| place(&fault.origin));
        self.unused.sort_by_key(|unused| place(&unused.origin));
        if self.faults.is_empty() { Ok((self.asked, self.unused)) } else { Err(self.faults) }
    }
}

/// In the order of the layers, and of the lines of a file.
fn place(origin: &Origin) -> (u8, usize) {
    match origin {
        Origin::Defaults => (0, 0),
        Origin::File { line, .. } => (1, *line),
        Origin::Environment(_) => (2, 0),
        Origin::Option(_) => (3, 0),
    }
}

fn fault(key: &str, leaf: &Leaf, problem: Problem) -> Fault {
    // A value may be a secret that ended up under a misspelt key.
    let value = if is_secret(key) { "…".to_owned() } else { leaf.raw.to_string() };
    Fault { origin: leaf.origin.clone(), key: key.to_owned(), value, problem }
}
