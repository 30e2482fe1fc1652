//! What can be wrong with a configuration, in words that a person can act on.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not there, or not text.
    #[error("cannot read the configuration {path}", path = path.display())]
    Unreadable {
        /// As given.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not TOML.
    #[error("{path}:{line}: not TOML: {message}", path = path.display())]
    NotToml {
        /// As given.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What the parser said.
        message: String,
    },
    /// Keys that do not exist, or values that they cannot have: all of them at once.
    #[error("{}", listed(.0))]
    Faults(Vec<Fault>),
    /// A file that holds a secret cannot be read.
    #[error("{key}: cannot read {path}", path = path.display())]
    Secret {
        /// The key that names the file.
        key: &'static str,
        /// As given.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// One key that is wrong.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// Who says it.
    pub origin: Origin,
    /// The key, with its section: `promises.grace_days`.
    pub key: String,
    /// The offending value, as TOML.
    pub value: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Problem {
    /// There is no such key; the nearest that there is, if one is near.
    Unknown(Option<String>),
    /// The key cannot have this value; what was expected.
    Expected(String),
}

/// Who states a value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Origin {
    /// `deploy/config.toml`, which is part of the program.
    Defaults,
    /// A line of the user's file.
    File {
        /// As given.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// An environment variable.
    Environment(String),
    /// An option of the command line.
    Option(&'static str),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, key, value, problem } = self;
        match problem {
            Problem::Unknown(None) => write!(f, "{origin}: unknown key {key} = {value}"),
            Problem::Unknown(Some(nearest)) => {
                write!(f, "{origin}: unknown key {key} = {value}; did you mean {nearest}?")
            }
            Problem::Expected(expected) => {
                write!(f, "{origin}: {key} = {value}: expected {expected}")
            }
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Defaults => f.write_str("deploy/config.toml"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::Option(name) => f.write_str(name),
        }
    }
}

fn listed(faults: &[Fault]) -> String {
    match faults {
        [one] => one.to_string(),
        many => {
            let lines: Vec<String> = many.iter().map(|fault| format!("\n  {fault}")).collect();
            format!("{} keys of the configuration are wrong:{}", many.len(), lines.concat())
        }
    }
}
