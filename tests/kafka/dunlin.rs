//! The program under test, run as a user runs it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ::dunlin::edge::kafka::client::KafkaSettings;
use tempfile::TempDir;

use crate::tools;

/// A configuration file, gone with the value.
pub(crate) struct Config {
    folder: TempDir,
}

/// The settings of the edge alone, for a test that needs only a part of it.
pub(crate) fn settings(brokers: &str, group: &str, give_up: Duration) -> KafkaSettings {
    KafkaSettings {
        brokers: brokers.to_owned(),
        group_id: group.to_owned(),
        properties: BTreeMap::new(),
        secrets: BTreeMap::new(),
        reach_timeout: give_up,
        configured: Vec::new(),
        prefix: "collections.".to_owned(),
        partitions: 12,
        replication_limit: 3,
        correction_horizon: Duration::from_hours(190 * 24),
        call_horizon: Duration::from_hours(72),
    }
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) success: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

impl Config {
    /// Of this broker and group, giving up after so many seconds of silence.
    pub(crate) fn new(brokers: &str, group: &str, give_up_s: u32) -> Self {
        Self::with(brokers, group, give_up_s, &[], "")
    }

    /// With properties for the client library, and further tables.
    pub(crate) fn with(
        brokers: &str,
        group: &str,
        give_up_s: u32,
        properties: &[(&str, &str)],
        tables: &str,
    ) -> Self {
        let mut text = format!(
            "{tables}\n[kafka]\nbrokers = \"{brokers}\"\ngroup_id = \"{group}\"\n\
             connect_timeout = \"{give_up_s}s\"\n\n[kafka.properties]\n"
        );
        for (key, value) in properties {
            writeln!(text, "\"{key}\" = \"{value}\"").unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("dunlin.toml"), text).unwrap();
        Self { folder }
    }

    /// `dunlin run --to-end`
    pub(crate) fn run(&self) -> Ended {
        self.call(&["run", "--to-end"])
    }

    /// `dunlin topics`
    pub(crate) fn topics(&self) -> Ended {
        self.call(&["topics"])
    }

    /// A command with `--config`, to its end.
    pub(crate) fn call(&self, arguments: &[&str]) -> Ended {
        let started = Instant::now();
        let child = self.spawn(arguments);
        finish(child, started)
    }

    /// A command with `--config`, left running.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_dunlin"))
            .arg(arguments[0])
            .arg("--config")
            .arg(self.folder.path().join("dunlin.toml"))
            .args(&arguments[1..])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

/// Waits for the end of what [`Config::spawn`] started.
pub(crate) fn finish(child: Child, started: Instant) -> Ended {
    let output = tools::finish(child, "dunlin", Duration::from_mins(2));
    Ended {
        success: output.status.success(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        took: started.elapsed(),
    }
}

impl Ended {
    /// Fails with the program's words unless it succeeded.
    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert!(self.success, "{}", self.stderr);
        self
    }

    /// Fails unless it failed, with these words.
    #[track_caller]
    pub(crate) fn failed_with(self, words: &[&str]) -> Self {
        assert!(!self.success, "it succeeded: {}", self.stdout);
        self.says(words)
    }

    /// Fails unless it said these words.
    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Self {
        for words in words {
            assert!(self.stderr.contains(words), "`{words}` is not in: {}", self.stderr);
        }
        self
    }
}
