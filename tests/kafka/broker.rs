//! A real Apache Kafka of one node, on free ports, in a folder of its own, gone with the test.
//!
//! A shell stands over each broker and kills it as soon as its own standard input closes: the test
//! may end, panic or be killed, no broker stays behind.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use crate::tools;

/// A running broker.
pub(crate) struct Broker {
    /// `host:port`
    pub(crate) address: String,
    folder: PathBuf,
    guard: Child,
    /// Of the JVM.
    process: u32,
    /// Creates and deletes topics, with the address it was made for.
    admin: AdminClient<DefaultClientContext>,
}

/// One broker for all tests that only need one to be there: they take turns, and each finds it
/// without topics.
pub(crate) fn shared() -> MutexGuard<'static, Broker> {
    static SHARED: LazyLock<Mutex<Broker>> = LazyLock::new(|| Mutex::new(Broker::start()));
    let broker = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    broker.delete_topics();
    broker
}

impl Broker {
    /// A broker of one's own, to be hurt.
    pub(crate) fn start() -> Self {
        tools::require();
        let libraries = libraries();
        let folder = tempfile::Builder::new().prefix("kafka-").tempdir().unwrap().keep();
        for attempt in 1.. {
            // Another process may take a port between its choice and its use.
            let ports = free_ports();
            fs::write(folder.join("server.properties"), properties(ports)).unwrap();
            fs::write(folder.join("log4j2.properties"), LOGGING).unwrap();
            let mut format = Command::new("java");
            format
                .current_dir(&folder)
                .args(["-XX:TieredStopAtLevel=1", "-Dlog4j2.configurationFile=log4j2.properties"])
                .args(["-cp", &libraries, "kafka.tools.StorageTool", "format"])
                .args(["-c", "server.properties", "-t", "ZHVubGluLXRlc3RzLTAwMQ"]);
            let formatted = tools::run(&mut format, Duration::from_mins(1));
            assert!(
                formatted.status.success(),
                "the broker's folder cannot be formatted: {}{}",
                String::from_utf8_lossy(&formatted.stdout),
                String::from_utf8_lossy(&formatted.stderr)
            );
            let (guard, process) = spawn(&folder, &libraries);
            let address = format!("127.0.0.1:{}", ports.0);
            let admin = ClientConfig::new().set("bootstrap.servers", &address).create().unwrap();
            let mut broker = Self { address, folder: folder.clone(), guard, process, admin };
            match broker.wait_ready() {
                Ok(()) => return broker,
                Err(log) => assert!(attempt < 3, "the broker does not start: {log}"),
            }
            broker.stop_and_keep();
            fs::remove_dir_all(folder.join("data")).unwrap();
        }
        unreachable!("the third attempt returns or fails")
    }

    /// Creates a topic with settings of the test's own.
    pub(crate) fn create_topic(&self, name: &str, partitions: i32, settings: &[(&str, &str)]) {
        self.create(&[name], partitions, settings);
    }

    /// Creates the inputs and outputs of `run`, with so many partitions.
    pub(crate) fn create_topics(&self, partitions: i32) {
        self.create(&[INPUTS, OUTPUTS].concat(), partitions, &[]);
    }

    /// Creates topics that are alike.
    pub(crate) fn create(&self, names: &[&str], partitions: i32, settings: &[(&str, &str)]) {
        let topics = names.iter().map(|name| {
            let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1));
            settings.iter().fold(topic, |topic, (key, value)| topic.set(key, value))
        });
        let topics: Vec<NewTopic<'_>> = topics.collect();
        let created = block_on(self.admin.create_topics(&topics, &AdminOptions::new())).unwrap();
        assert!(created.iter().all(Result::is_ok), "{created:?}");
        self.await_topics(|found| names.iter().all(|name| found.iter().any(|found| found == name)));
    }

    /// The broker's process stops in its tracks: connections stay, answers do not come.
    pub(crate) fn freeze(&self) {
        self.signal("STOP");
    }

    /// It goes on.
    pub(crate) fn thaw(&self) {
        self.signal("CONT");
    }

    /// The broker is gone, and its folder stays.
    pub(crate) fn kill(&self) {
        self.signal("KILL");
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args(["-s", signal, &self.process.to_string()]).status();
        assert!(sent.unwrap().success(), "no signal to the broker");
    }

    /// A topic is gone.
    pub(crate) fn delete_topic(&self, name: &str) {
        let deleted = block_on(self.admin.delete_topics(&[name], &AdminOptions::new())).unwrap();
        assert_eq!(deleted, [Ok(name.to_owned())]);
        self.await_topics(|names| names.iter().all(|found| found != name));
    }

    /// All topics of tests are gone.
    pub(crate) fn delete_topics(&self) {
        let names = self.topics();
        if names.is_empty() {
            return;
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let deleted = block_on(self.admin.delete_topics(&names, &AdminOptions::new())).unwrap();
        assert!(deleted.iter().all(Result::is_ok), "{deleted:?}");
        self.await_topics(<[String]>::is_empty);
    }

    /// The records of a partition before this offset are gone, as if they had expired.
    pub(crate) fn delete_records(&self, topic: &str, partition: i32, before: i64) {
        let mut offsets = TopicPartitionList::new();
        offsets.add_partition_offset(topic, partition, Offset::Offset(before)).unwrap();
        block_on(self.admin.delete_records(&offsets, &AdminOptions::new())).unwrap();
    }

    /// A setting of a topic, as the broker has it: a moment after the topic itself.
    pub(crate) fn setting(&self, topic: &str, key: &str) -> String {
        let started = Instant::now();
        loop {
            let asked = [&ResourceSpecifier::Topic(topic)];
            let described = self.admin.describe_configs(asked, &AdminOptions::new());
            let described = block_on(described).unwrap().pop().unwrap().unwrap();
            if let Some(found) = described.get(key) {
                return found.value.clone().unwrap();
            }
            assert!(started.elapsed() < Duration::from_secs(10), "{topic} has no {key}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The tests' topics; Kafka's own are left alone.
    fn topics(&self) -> Vec<String> {
        let metadata = self.admin.inner().fetch_metadata(None, Duration::from_secs(10)).unwrap();
        let names = metadata.topics().iter().map(|topic| topic.name().to_owned());
        names.filter(|name| !name.starts_with("__")).collect()
    }

    fn await_topics(&self, there: impl Fn(&[String]) -> bool) {
        let started = Instant::now();
        while !there(&self.topics()) {
            assert!(started.elapsed() < Duration::from_secs(30), "the broker's topics do not come");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The last lines of its log where it does not come up.
    fn wait_ready(&self) -> Result<(), String> {
        let started = Instant::now();
        loop {
            let listed = Command::new("kcat")
                .args(["-b", &self.address, "-L", "-m", "1"])
                .stdin(Stdio::null())
                .output()
                .unwrap();
            if String::from_utf8_lossy(&listed.stdout).contains(" broker 1 at ") {
                return Ok(());
            }
            let gone = !Path::new(&format!("/proc/{}", self.process)).exists();
            if gone || Duration::from_mins(1) < started.elapsed() {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                let lines: Vec<&str> = log.lines().rev().take(20).collect();
                return Err(lines.into_iter().rev().collect::<Vec<_>>().join("\n"));
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Starts the broker again on its folder and ports.
    pub(crate) fn restart(&mut self) {
        self.stop_and_keep();
        (self.guard, self.process) = spawn(&self.folder, &libraries());
        if let Err(log) = self.wait_ready() {
            panic!("the broker does not start again at {}: {log}", self.address);
        }
    }

    /// The process goes, the folder stays.
    fn stop_and_keep(&mut self) {
        let mut order = self.guard.stdin.take().unwrap();
        writeln!(order, "keep").unwrap();
        self.guard.wait().unwrap();
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        // The guard kills the broker and removes its folder. Also while a panic unwinds, when
        // nothing may be asserted.
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

/// What calls, promises and payments come from.
pub(crate) const INPUTS: [&str; 4] =
    ["collections.calls", "collections.promises", "collections.payments", "collections.accounts"];
/// What `run` writes.
pub(crate) const OUTPUTS: [&str; 4] = [
    "collections.kpis",
    "collections.kpis.closed",
    "collections.verdicts",
    "collections.dead-letters",
];

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// The broker's jars, fetched once into the target folder.
fn libraries() -> String {
    static FETCHED: LazyLock<PathBuf> = LazyLock::new(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let wanted = include_str!("pom.xml");
        let folder = target.join("kafka");
        // The pom is kept beside the jars: another version is fetched anew.
        if fs::read_to_string(folder.join("pom.xml")).is_ok_and(|there| there == wanted) {
            return folder.join("libs");
        }
        fs::create_dir_all(target).unwrap();
        let fresh = tempfile::Builder::new().prefix("kafka-").tempdir_in(target).unwrap();
        fs::write(fresh.path().join("pom.xml"), wanted).unwrap();
        let mut maven = Command::new("mvn");
        maven
            .current_dir(fresh.path())
            .args(["-q", "-B", "dependency:copy-dependencies"])
            .args(["-DoutputDirectory=libs", "-DincludeScope=runtime"]);
        let fetched = tools::run(&mut maven, Duration::from_mins(5));
        assert!(
            fetched.status.success(),
            "Apache Kafka cannot be fetched from Maven Central: {}{}",
            String::from_utf8_lossy(&fetched.stdout),
            String::from_utf8_lossy(&fetched.stderr)
        );
        let _ = fs::remove_dir_all(&folder);
        fs::rename(fresh.keep(), &folder).unwrap();
        folder.join("libs")
    });
    // The JVM expands the star, no shell does.
    format!("{}/*", FETCHED.display())
}

/// Two that nobody uses: both are held until both are chosen.
fn free_ports() -> (u16, u16) {
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let [broker, controller] = listeners.each_ref().map(|l| l.local_addr().unwrap().port());
    (broker, controller)
}

/// The broker, and the shell that kills it when this process is gone.
fn spawn(folder: &Path, libraries: &str) -> (Child, u32) {
    const GUARD: &str = r#"
        "$@" >>log 2>&1 &
        broker=$!
        echo $broker
        read -r keep
        kill -s KILL $broker
        wait $broker
        test -n "$keep" || rm -rf "$FOLDER"
    "#;
    let mut guard = Command::new("sh")
        .args(["-c", GUARD, "guard", "java", "-Xms256m", "-Xmx512m", "-XX:+UseSerialGC"])
        .args(["-XX:TieredStopAtLevel=1", "-Dlog4j2.configurationFile=log4j2.properties"])
        .args(["-cp", libraries, "kafka.Kafka", "server.properties"])
        .current_dir(folder)
        .env("FOLDER", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let out = guard.stdout.take().unwrap();
    BufReader::new(out).read_line(&mut line).unwrap();
    let process = line.trim().parse().unwrap();
    (guard, process)
}

/// A broker that is its own controller, small and quick to start.
fn properties((broker, controller): (u16, u16)) -> String {
    format!(
        "process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{broker}
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=data
broker.session.timeout.ms=3000
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
message.max.bytes=1048588
"
    )
}

const LOGGING: &str = "rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %c: %m%n
";
