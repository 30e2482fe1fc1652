//! `dunlin check` where there is no broker: what it says, and what it refuses.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

/// What `check` prints, what it complains about, and whether it succeeds.
fn check(text: &str) -> (String, String, bool) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("dunlin.toml"), text).unwrap();
    let said = Command::new(env!("CARGO_BIN_EXE_dunlin"))
        .args(["check", "--config", "dunlin.toml"])
        .current_dir(folder.path())
        .env_remove("DUNLIN_LOG")
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(said.stdout), text(said.stderr), said.status.success())
}

/// Nobody listens there.
const NOBODY: &str = "[kafka]\nbrokers = [\"127.0.0.1:1\"]\nconnect_timeout = \"1s\"\n";

#[test]
fn without_a_broker_the_configuration_is_right_and_the_broker_not_reached() {
    let (said, complaints, success) = check(NOBODY);
    let version = rdkafka::util::get_rdkafka_version().1;
    insta::assert_snapshot!(said.replace(&version, "(version)"));
    assert_eq!(complaints, "");
    assert!(success);
}

#[test]
fn what_is_stated_in_vain_is_said() {
    let (_, complaints, success) = check(&format!("{NOBODY}\n[http]\nlisten = \"127.0.0.1:1\"\n"));
    insta::assert_snapshot!(complaints, @" WARN dunlin.toml:6: http.listen is without effect: nothing uses it yet");
    assert!(success);
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_said() {
    let refused = |text: &str| {
        let (said, complaints, success) = check(text);
        assert_eq!(said, "");
        assert!(!success);
        complaints
    };
    let with = |property: &str| refused(&format!("{NOBODY}\n[kafka.properties]\n{property}\n"));
    insta::assert_snapshot!(refused("[promises]\ngrace_day = 2\n"), @"error: dunlin.toml:2: unknown key promises.grace_day = 2; did you mean promises.grace_days?");
    insta::assert_snapshot!(with("acks = 1"), @"error: dunlin.toml:6: kafka.properties.acks = 1: expected all: what not every replica acknowledged can be lost after it was committed");
    insta::assert_snapshot!(with("no.such.thing = 1"), @r#"error: kafka.properties.no.such.thing = "1": no such configuration property: "no.such.thing""#);
    insta::assert_snapshot!(with("security.protocol = \"sasl_ssl\""), @r#"error: kafka.properties.sasl.mechanisms = "GSSAPI (unless stated)": expected one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER"#);
    insta::assert_snapshot!(refused("[kafka]\nsasl_password_file = \"/nowhere/password\"\n"), @"error: kafka.sasl_password_file: cannot read /nowhere/password: No such file or directory (os error 2)");
}
