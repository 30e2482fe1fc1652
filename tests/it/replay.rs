//! `dunlin replay` as it is run: files in, rows, tables, CSV and error texts out.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

/// A call that brings a promise, which the next payment keeps in part; the payment comes back.
const SMALL: &str = r#"
{"type":"call.completed","call_id":"c-1","occurred_at":"2026-11-19T09:58:00+08:00","account_id":"A1","agent_id":"催收员-7","team_id":"t1","bucket":"M2","result":"right_party","disposition":"promise","dial_s":9,"talk_s":184,"wrap_s":21}
{"type":"promise.made","promise_id":"p-1","occurred_at":"2026-11-19T09:57:50+08:00","account_id":"A1","agent_id":"催收员-7","team_id":"t1","bucket":"M2","amount":"12000.00","currency":"CNY","due_date":"2026-11-19","call_id":"c-1"}
{"type":"call.completed","call_id":"c-2","occurred_at":"2026-11-19T10:00:00+08:00","account_id":"A2","agent_id":"agent,\"8\"","team_id":"t1","bucket":"M1","result":"no_answer","dial_s":25}
{"type":"payment.posted","payment_id":"y-1","occurred_at":"2026-11-19T18:20:00+08:00","account_id":"A1","bucket":"M2","amount":"4000.00","currency":"CNY","channel":"wallet"}
{"type":"payment.posted","payment_id":"y-2","occurred_at":"2026-11-19T18:30:00+08:00","account_id":"A1","bucket":"M2","amount":"1000.00","currency":"CNY","channel":"card"}
{"type":"call.completed","call_id":"c-2","occurred_at":"2026-11-19T10:00:00+08:00","account_id":"A2","agent_id":"agent,\"8\"","team_id":"t1","bucket":"M1","result":"no_answer","dial_s":25}
{"type":"payment.posted","payment_id":"y-3","occurred_at":"2026-11-20T09:00:00+08:00","account_id":"A2","amount":"0","currency":"CNY"}
{"type":"letter.opened","occurred_at":"2026-11-20T09:10:00+08:00","account_id":"A2"}
{"type":"payment.reversed","payment_id":"y-4","original_payment_id":"y-2","occurred_at":"2026-11-20T10:00:00+08:00","account_id":"A1"}
"#;

/// What a run said.
struct Said {
    out: String,
    err: String,
    code: Option<i32>,
}

/// A folder with files of events.
struct Floor(TempDir);

impl Floor {
    fn new() -> Self {
        let floor = Self(TempDir::new().unwrap());
        floor.write("small.jsonl", SMALL);
        floor
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.0.path().join(name), content).unwrap();
    }

    fn replay(&self, arguments: &str) -> Said {
        self.replay_of(arguments, b"")
    }

    fn replay_of(&self, arguments: &str, input: &[u8]) -> Said {
        replay_in(self.0.path(), arguments, input)
    }
}

fn replay_in(folder: &Path, arguments: &str, input: &[u8]) -> Said {
    let mut child = Command::new(env!("CARGO_BIN_EXE_dunlin"))
        .arg("replay")
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .env_remove("DUNLIN_LOG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Nobody may be reading.
    let _ = child.stdin.take().unwrap().write_all(input);
    let said = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said { out: text(said.stdout), err: text(said.stderr), code: said.status.code() }
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(content).unwrap();
    packer.finish().unwrap()
}

#[test]
fn a_table_is_a_summary() {
    let said = Floor::new().replay("--format table small.jsonl");
    insta::assert_snapshot!(said.out);
    insta::assert_snapshot!(said.err, @" INFO 9 records: 6 applied, 1 seen before, 1 skipped (unknown type), 1 invalid (--output dead-letters says why)");
    assert_eq!(said.code, Some(0));
}

#[test]
fn a_table_of_a_scope_has_every_kpi() {
    let arguments = "--format table --scope agent --window today --window 7d --window now";
    insta::assert_snapshot!(Floor::new().replay(&format!("{arguments} small.jsonl")).out);
}

#[test]
fn weeks_and_months_are_held_against_those_before() {
    let floor = Floor::new();
    floor.write("later.jsonl", SMALL.replace("2026-11-", "2026-12-").replace("\"A", "\"B"));
    let arguments = "--format table --scope portfolio --window month small.jsonl later.jsonl";
    insta::assert_snapshot!(floor.replay(arguments).out);
}

#[test]
fn closed_periods_are_lines() {
    insta::assert_snapshot!(Floor::new().replay("--output closed --format table small.jsonl").out, @r"
    Closed periods as of 2026-11-20 10:00:00 +08:00, money in CNY

                                            Right-party   Promises   Kept   Broken      Amount
    scope      period  from        Calls   contact rate       made   rate     rate   collected
    portfolio  day     2026-11-19      2          50.0%*         1   0.0%*    0.0%*   5,000.00

                                            Right-party   Promises   Kept   Broken      Amount
    scope      period  from        Calls   contact rate       made   rate     rate   collected
    bucket=M1  day     2026-11-19      1           0.0%*         0      –        –        0.00
    bucket=M2  day     2026-11-19      1         100.0%*         1   0.0%*    0.0%*   5,000.00

    * fewer than 20 to divide by   – nothing to divide by
    ");
}

#[test]
fn verdicts_are_aligned() {
    let said = Floor::new().replay("--output verdicts --format table small.jsonl");
    insta::assert_snapshot!(said.out, @r"
    decided                     account  promise  verdict          promised   in time  late       due         agent     level  bucket
    2026-11-20 10:00:00 +08:00  A1       p-1      partially kept  12,000.00  4,000.00  0.00  CNY  2026-11-19  催收员-7      1  M2
    ");
}

#[test]
fn dead_letters_are_aligned() {
    let said = Floor::new().replay("--output dead-letters --format table small.jsonl");
    insta::assert_snapshot!(said.out, @r#"
    line  topic                 reason         detail
       8  collections.payments  bad_amount     amount is "0", expected an amount above 0 with at most 12 digits before and 6 after the point, such as "1234.50"
    "#);
    let both =
        Floor::new().replay("--output dead-letters --format table small.jsonl ./small.jsonl");
    insta::assert_snapshot!(both.out, @r#"
    file               line  topic                 reason         detail
    small.jsonl           8  collections.payments  bad_amount     amount is "0", expected an amount above 0 with at most 12 digits before and 6 after the point, such as "1234.50"
    ./small.jsonl         8  collections.payments  bad_amount     amount is "0", expected an amount above 0 with at most 12 digits before and 6 after the point, such as "1234.50"
    "#);
}

#[test]
fn csv_has_a_line_for_every_number() {
    let floor = Floor::new();
    let said = floor.replay("--format csv --scope team,agent --window month small.jsonl");
    let shown = [",calls,", "rpc_rate", "amount_coll", "mix"];
    let some = said.out.lines().enumerate().filter(|(number, line)| {
        let row = line.contains(",month,,") && shown.iter().any(|part| line.contains(part));
        *number == 0 || row
    });
    let some = some.map(|(_, line)| line);
    insta::assert_snapshot!(some.collect::<Vec<_>>().join("\n"), @r#"
    scope,window,side,from,to,as_of,currency,kpi,field,value,num,den,low_sample
    "team=t1,agent=agent%2C""8""",month,,2026-11-01T00:00:00+08:00,2026-11-20T10:00:00+08:00,2026-11-20T10:00:00+08:00,CNY,calls,value,1,,,
    "team=t1,agent=agent%2C""8""",month,,2026-11-01T00:00:00+08:00,2026-11-20T10:00:00+08:00,2026-11-20T10:00:00+08:00,CNY,calls,inbound,0,,,
    "team=t1,agent=agent%2C""8""",month,,2026-11-01T00:00:00+08:00,2026-11-20T10:00:00+08:00,2026-11-20T10:00:00+08:00,CNY,rpc_rate,value,0,0,1,true
    "team=t1,agent=agent%2C""8""",month,,2026-11-01T00:00:00+08:00,2026-11-20T10:00:00+08:00,2026-11-20T10:00:00+08:00,CNY,channel_mix,by.voice,1,1,1,
    "team=t1,agent=agent%2C""8""",month,,2026-11-01T00:00:00+08:00,2026-11-20T10:00:00+08:00,2026-11-20T10:00:00+08:00,CNY,amount_collected,value,0.00,,,
    "team=t1,agent=agent%2C""8""",month,,2026-11-01T00:00:00+08:00,2026-11-20T10:00:00+08:00,2026-11-20T10:00:00+08:00,CNY,amount_collected,gross,0.00,,,
    "team=t1,agent=agent%2C""8""",month,,2026-11-01T00:00:00+08:00,2026-11-20T10:00:00+08:00,2026-11-20T10:00:00+08:00,CNY,amount_collected,reversed,0.00,,,
    "team=t1,agent=agent%2C""8""",month,,2026-11-01T00:00:00+08:00,2026-11-20T10:00:00+08:00,2026-11-20T10:00:00+08:00,CNY,amount_collected,restated,0.00,,,
    "team=t1,agent=催收员-7",month,,2026-11-01T00:00:00+08:00,2026-11-20T10:00:00+08:00,2026-11-20T10:00:00+08:00,CNY,calls,value,1,,,
    "team=t1,agent=催收员-7",month,,2026-11-01T00:00:00+08:00,2026-11-20T10:00:00+08:00,2026-11-20T10:00:00+08:00,CNY,calls,inbound,0,,,
    "team=t1,agent=催收员-7",month,,2026-11-01T00:00:00+08:00,2026-11-20T10:00:00+08:00,2026-11-20T10:00:00+08:00,CNY,rpc_rate,value,1,1,1,true
    "team=t1,agent=催收员-7",month,,2026-11-01T00:00:00+08:00,2026-11-20T10:00:00+08:00,2026-11-20T10:00:00+08:00,CNY,channel_mix,by.voice,1,1,1,
    "team=t1,agent=催收员-7",month,,2026-11-01T00:00:00+08:00,2026-11-20T10:00:00+08:00,2026-11-20T10:00:00+08:00,CNY,amount_collected,value,4000.00,,,
    "team=t1,agent=催收员-7",month,,2026-11-01T00:00:00+08:00,2026-11-20T10:00:00+08:00,2026-11-20T10:00:00+08:00,CNY,amount_collected,gross,5000.00,,,
    "team=t1,agent=催收员-7",month,,2026-11-01T00:00:00+08:00,2026-11-20T10:00:00+08:00,2026-11-20T10:00:00+08:00,CNY,amount_collected,reversed,1000.00,,,
    "team=t1,agent=催收员-7",month,,2026-11-01T00:00:00+08:00,2026-11-20T10:00:00+08:00,2026-11-20T10:00:00+08:00,CNY,amount_collected,restated,4000.00,,,
    "team=t1,agent=催收员-7",month,,2026-11-01T00:00:00+08:00,2026-11-20T10:00:00+08:00,2026-11-20T10:00:00+08:00,CNY,payment_channel_mix,by.card,0,0.00,4000.00,
    "team=t1,agent=催收员-7",month,,2026-11-01T00:00:00+08:00,2026-11-20T10:00:00+08:00,2026-11-20T10:00:00+08:00,CNY,payment_channel_mix,by.card.count,0.5,1,2,
    "team=t1,agent=催收员-7",month,,2026-11-01T00:00:00+08:00,2026-11-20T10:00:00+08:00,2026-11-20T10:00:00+08:00,CNY,payment_channel_mix,by.wallet,1,4000.00,4000.00,
    "team=t1,agent=催收员-7",month,,2026-11-01T00:00:00+08:00,2026-11-20T10:00:00+08:00,2026-11-20T10:00:00+08:00,CNY,payment_channel_mix,by.wallet.count,0.5,1,2,
    "#);
    let said =
        floor.replay("--format csv --scope portfolio --window today --output closed small.jsonl");
    insta::assert_snapshot!(said.out.lines().take(3).collect::<Vec<_>>().join("\n"), @r"
    scope,window,side,from,to,as_of,currency,kpi,field,value,num,den,low_sample
    portfolio,today,,2026-11-19T00:00:00+08:00,2026-11-20T00:00:00+08:00,2026-11-20T10:00:00+08:00,CNY,calls,value,2,,,
    portfolio,today,,2026-11-19T00:00:00+08:00,2026-11-20T00:00:00+08:00,2026-11-20T10:00:00+08:00,CNY,calls,inbound,0,,,
    ");
    insta::assert_snapshot!(floor.replay("--format csv --output verdicts small.jsonl").out, @r"
    promise_id,account_id,verdict,revision,level,amount,attributed,late_paid,currency,agent_id,team_id,bucket,made_at,due_date,deadline,verdict_at,decided_at,superseded_by,provisional,override
    p-1,A1,partially_kept,0,1,12000.00,4000.00,0.00,CNY,催收员-7,t1,M2,2026-11-19T09:57:50+08:00,2026-11-19,2026-11-20T00:00:00+08:00,2026-11-20T00:00:00+08:00,2026-11-20T10:00:00+08:00,,false,false
    ");
    insta::assert_snapshot!(floor.replay("--format csv --output dead-letters small.jsonl").out, @r#"
    topic,file,line,reason,detail
    collections.payments,small.jsonl,8,bad_amount,"amount is ""0"", expected an amount above 0 with at most 12 digits before and 6 after the point, such as ""1234.50"""
    "#);
}

#[test]
fn a_jump_over_too_many_boundaries_names_the_record() {
    let floor = Floor::new();
    floor.write("far.jsonl", SMALL.replace("2026-11-20T10:00", "2126-11-20T10:00"));
    let said = floor.replay("--every 30m --scope portfolio --window today far.jsonl");
    insta::assert_snapshot!(said.err, @"error: far.jsonl, line 10: its event comes 1,753,183 boundaries of --every after those before it, expected at most 1,000,000: its time is wrong, or --every too short");
    assert_eq!(said.code, Some(1));
}

#[test]
fn every_prints_at_each_boundary_what_had_been_read() {
    let floor = Floor::new();
    let calls = |arguments: &str| {
        let said = floor.replay(&format!("--format csv --scope portfolio {arguments}"));
        let lines = said.out.lines().filter(|line| line.contains(",calls,value,"));
        let cells = lines.map(|line| line.split(',').collect::<Vec<_>>());
        let rows = cells.filter(|cells| cells[2].is_empty());
        rows.map(|cells| format!("{} {}", cells[5], cells[9])).collect::<Vec<_>>().join("\n")
    };
    // The second call ended on a boundary, to the millisecond, and belongs to it; the last event
    // stands on one too.
    insta::assert_snapshot!(calls("--window today --every 12h small.jsonl"), @r"
    2026-11-19T20:00:00+08:00 2
    2026-11-20T08:00:00+08:00 0
    ");
    insta::assert_snapshot!(calls("--window 1h --every 2h small.jsonl"), @r"
    2026-11-19T10:00:00+08:00 2
    2026-11-19T12:00:00+08:00 0
    2026-11-19T14:00:00+08:00 0
    2026-11-19T16:00:00+08:00 0
    2026-11-19T18:00:00+08:00 0
    2026-11-19T20:00:00+08:00 0
    2026-11-19T22:00:00+08:00 0
    2026-11-20T00:00:00+08:00 0
    2026-11-20T02:00:00+08:00 0
    2026-11-20T04:00:00+08:00 0
    2026-11-20T06:00:00+08:00 0
    2026-11-20T08:00:00+08:00 0
    2026-11-20T10:00:00+08:00 0
    ");
    // In the order of the file, which is not that of time.
    floor.write("late.jsonl", SMALL.lines().rev().collect::<Vec<_>>().join("\n"));
    insta::assert_snapshot!(calls("--window 7d --every 2h late.jsonl"), @"2026-11-20T10:00:00+08:00 2");
}

#[test]
fn files_are_read_side_by_side() {
    let floor = Floor::new();
    let (odd, even): (Vec<_>, Vec<_>) =
        SMALL.lines().enumerate().partition(|(number, _)| number % 2 == 1);
    let text = |lines: Vec<(usize, &str)>| {
        lines.iter().map(|line| line.1.to_owned() + "\n").collect::<String>()
    };
    floor.write("odd.jsonl.gz", gzip(text(odd).as_bytes()));
    let even = zstd::encode_all(text(even).as_bytes(), 1).unwrap();
    let arguments = "--output verdicts --format csv";
    let whole = floor.replay(&format!("{arguments} small.jsonl"));
    let parts = floor.replay_of(&format!("{arguments} odd.jsonl.gz -"), &even);
    assert_eq!(parts.out, whole.out);
    let names = floor.replay_of("--output dead-letters odd.jsonl.gz -", &even);
    insta::assert_snapshot!(names.out, @r#"{"topic":"collections.payments","file":"odd.jsonl.gz","line":4,"reason":"bad_amount","detail":"amount is \"0\", expected an amount above 0 with at most 12 digits before and 6 after the point, such as \"1234.50\""}"#);
}

#[test]
fn several_compressed_parts_in_one_file_are_one_file() {
    let floor = Floor::new();
    let (first, second) = SMALL.split_at(SMALL.len() / 2);
    floor.write("parts.gz", [gzip(first.as_bytes()), gzip(second.as_bytes())].concat());
    let arguments = "--output verdicts --format csv";
    assert_eq!(
        floor.replay(&format!("{arguments} parts.gz")).out,
        floor.replay(&format!("{arguments} small.jsonl")).out
    );
}

#[test]
fn what_cannot_be_read_is_named() {
    let floor = Floor::new();
    let mut corrupt = gzip(SMALL.repeat(500).as_bytes());
    let middle = corrupt.len() / 2;
    corrupt[middle..middle + 64].fill(0xff);
    floor.write("corrupt.gz", &corrupt);
    let whole = gzip(SMALL.as_bytes());
    floor.write("cut.gz", &whole[..whole.len() - 30]);
    let whole = zstd::encode_all(SMALL.as_bytes(), 1).unwrap();
    floor.write("cut.zst", &whole[..whole.len() - 30]);
    let said = |arguments: &str| {
        let said = floor.replay(arguments);
        assert_eq!(said.code, Some(1), "{}", said.out);
        said.err
    };
    insta::assert_snapshot!(said("no-such-file.jsonl"), @"error: cannot read no-such-file.jsonl: No such file or directory (os error 2)");
    insta::assert_snapshot!(said("small.jsonl ."), @"error: cannot read .: Is a directory (os error 21)");
    insta::assert_snapshot!(said("corrupt.gz"), @"error: cannot read corrupt.gz after line 4678: corrupt gzip stream does not have a matching checksum");
    insta::assert_snapshot!(said("cut.gz"), @"error: cannot read cut.gz after line 9: incomplete deflate stream");
    insta::assert_snapshot!(said("cut.zst"), @"error: cannot read cut.zst: incomplete frame");
    insta::assert_snapshot!(said("- -"), @"error: standard input (-) can be read only once");
    insta::assert_snapshot!(said("--output closed --window 7d small.jsonl"), @"error: --output closed prints the windows today, week, month and quarter: --window names none of them");
    insta::assert_snapshot!(said("--config no-such.toml small.jsonl"), @"error: cannot read the configuration no-such.toml: No such file or directory (os error 2)");
}

#[test]
fn nothing_is_said_plainly() {
    let floor = Floor::new();
    floor.write("empty.jsonl", "");
    floor.write("blank.jsonl", "\n \r\n");
    floor.write("unknown.jsonl", "{\"type\":\"letter.opened\",\"occurred_at\":0}\n");
    let said = |arguments: &str| {
        let said = floor.replay(arguments);
        assert_eq!(said.code, Some(0));
        said.out + &said.err
    };
    insta::assert_snapshot!(said("empty.jsonl"), @" INFO 0 records");
    insta::assert_snapshot!(said("blank.jsonl --format table"), @r"
    Nothing has been counted.
     INFO 0 records
    ");
    insta::assert_snapshot!(said("unknown.jsonl --format table"), @r"
    Nothing has been counted.
     INFO 1 record: 1 skipped (unknown type)
    ");
    insta::assert_snapshot!(said("empty.jsonl --format csv"), @r"
    scope,window,side,from,to,as_of,currency,kpi,field,value,num,den,low_sample
     INFO 0 records
    ");
    insta::assert_snapshot!(said("empty.jsonl --format table --output closed"), @r"
    No calendar period has ended yet.
     INFO 0 records
    ");
    insta::assert_snapshot!(said("empty.jsonl --format table --output verdicts"), @r"
    No promise has been judged.
     INFO 0 records
    ");
    insta::assert_snapshot!(said("empty.jsonl --format table --output dead-letters"), @r"
    No dead letters.
     INFO 0 records
    ");
    insta::assert_snapshot!(said("small.jsonl --format table --as-of 2020-01-01T00:00:00Z"), @r"
    Nothing has been counted.
     INFO 9 records: 6 applied, 1 seen before, 1 skipped (unknown type), 1 invalid (--output dead-letters says why)
    ");
}

#[test]
fn an_id_on_two_accounts_is_reported() {
    let floor = Floor::new();
    floor.write("other.jsonl", SMALL.replace("\"A1\"", "\"B1\""));
    insta::assert_snapshot!(floor.replay("--output verdicts small.jsonl other.jsonl").err, @r"
    INFO 18 records: 11 applied, 3 seen before, 2 skipped (unknown type), 2 invalid (--output dead-letters says why)
    WARN 4 ids of promises or payments stand on several accounts: each counts on all of them
    ");
}

#[test]
fn a_reader_who_has_had_enough_is_no_error() {
    let day = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/day.jsonl");
    let mut child = Command::new(env!("CARGO_BIN_EXE_dunlin"))
        .args(["replay", "--format", "csv"])
        .arg(day)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdout.take().unwrap().read_exact(&mut [0; 100]).unwrap();
    let said = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(said.stderr).unwrap(), "");
    assert!(said.status.success());
}

#[test]
fn a_closed_standard_error_changes_no_exit_code() {
    for (file, code) in [("examples/day.jsonl", 0), ("no-such-file.jsonl", 1)] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_dunlin"))
            .args(["replay", "--output", "verdicts", file])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stderr.take());
        assert_eq!(child.wait().unwrap().code(), Some(code));
    }
}
