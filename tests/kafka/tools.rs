//! The programs that are not ours, and how they are run: bounded, and with their words on failure.

use std::io::Read;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Fails with what to install where a program is missing.
pub(crate) fn require() {
    for (program, argument, package) in [
        ("kcat", "-V", "kcat"),
        ("java", "-version", "openjdk-17-jre-headless"),
        ("mvn", "-v", "maven"),
    ] {
        let found = Command::new(program)
            .arg(argument)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(
            found.is_ok_and(|status| status.success()),
            "the Kafka tests need `{program}`, which is not there: apt-get install {package}"
        );
    }
}

/// Runs a program to its end, or kills it and fails when that does not come.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Output {
    let name = format!("{command:?}");
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    finish(child, &name, limit)
}

/// Waits for a program's end, or kills it and fails when that does not come.
pub(crate) fn finish(mut child: Child, name: &str, limit: Duration) -> Output {
    let started = Instant::now();
    let out = drain(child.stdout.take());
    let err = drain(child.stderr.take());
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break Some(status);
        }
        if limit < started.elapsed() {
            child.kill().unwrap();
            child.wait().unwrap();
            break None;
        }
        thread::sleep(Duration::from_millis(10));
    };
    let (stdout, stderr) = (out.join().unwrap(), err.join().unwrap());
    let Some(status) = status else {
        panic!("{name} did not end within {limit:?}:\n{}", String::from_utf8_lossy(&stderr));
    };
    Output { status, stdout, stderr }
}

/// Reads what a program says, so that it never waits for us.
fn drain(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            pipe.read_to_end(&mut bytes).unwrap();
        }
        bytes
    })
}
