//! Good files load; bad files are refused, with the words in the snapshot beside each.

use std::fs;
use std::path::Path;

use dunlin::config::error::ConfigError;
use dunlin::config::{Config, DEFAULTS};

fn load(path: &Path) -> Result<Config, ConfigError> {
    Config::load(Some(path), [], [])
}

#[test]
fn a_good_file_loads() {
    insta::glob!("..", "config/good/*.toml", |path| {
        let config = load(path).unwrap_or_else(|error| panic!("{error}"));
        let folder = path.parent().unwrap();
        let unused: Vec<String> = config.unused.iter().map(|key| key.key.clone()).collect();
        let scopes: Vec<String> = config.scopes.iter().map(ToString::to_string).collect();
        let read = format!(
            "{:#?}\n{:#?}\n{:#?}\nscopes: {scopes:?}\nwithout effect: {unused:?}\n",
            config.settings(0),
            config.topics,
            config.kafka
        );
        beside(folder, || insta::assert_snapshot!("loaded", read));
    });
}

#[test]
fn a_bad_file_is_refused_in_words_that_help() {
    insta::glob!("..", "config/bad/*.toml", |path| {
        let folder = path.parent().unwrap();
        let error = words(load(path).expect_err("it is bad"));
        let error = error.replace(&format!("{}/", folder.display()), "");
        beside(folder, || insta::assert_snapshot!("refused", error));
    });
}

#[test]
fn a_missing_file_is_named() {
    let error = load(Path::new("no/such/dunlin.toml")).unwrap_err();
    insta::assert_snapshot!(words(error), @"cannot read the configuration no/such/dunlin.toml: No such file or directory (os error 2)");
}

/// Whoever copies the file of defaults and removes the `#` from a line has a good file.
#[test]
fn every_optional_key_can_be_stated_as_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.toml");
    let all: Vec<&str> = DEFAULTS
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(key) if !key.is_empty() && !key.starts_with(' ') => key,
            Some(_) | None => line,
        })
        .collect();
    fs::write(&path, all.join("\n")).unwrap();
    let config = load(&path).unwrap_or_else(|error| panic!("{error}"));
    assert!(config.unused.iter().any(|key| key.key == "scorecard"));
    assert_eq!(config.settings(0).call_hours, Some(72));
}

/// As a user reads it.
fn words(error: ConfigError) -> String {
    format!("{:#}", anyhow::Error::from(error))
}

fn beside(folder: &Path, assert: impl FnOnce()) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.remove_input_file();
    settings.bind(assert);
}
