//! One account with ten thousand payments: it is judged whole, and no money is lost.

use super::told::{Teller, Told};

const PAYMENTS: u32 = 10_000;

/// A promise a day that no payment keeps, payments in between.
#[test]
fn ten_thousand_payments_are_all_counted() {
    let told = judge(|_| vec![]);
    assert_money(&told, "30000.00", "0.00");
}

/// Each returned before the next is posted: each return changes what was poured already.
#[test]
fn ten_thousand_payments_and_their_returns_come_to_nothing() {
    let told = judge(|number| vec![returned(number, 1)]);
    assert_money(&told, "30000.00", "30000.00");
}

/// Every other one returned hours later, while others are posted: what was poured is poured again.
#[test]
fn returns_between_payments_take_their_half_back() {
    let hours = 30_000_000;
    let told = judge(|number| match number % 2 {
        0 => vec![returned(number, hours)],
        _ => vec![],
    });
    assert_money(&told, "30000.00", "15000.00");
}

/// Posted one by one, a minute apart, with what belongs to each, and judged at the end; then
/// once more for one that comes late.
fn judge(beside: impl Fn(u32) -> Vec<String>) -> Told {
    let mut teller = Teller::new("", &[&[]], None);
    for number in 0..PAYMENTS - 1 {
        if number % 1440 == 0 {
            teller.give(promise(number).as_bytes());
        }
        teller.give(payment(number).as_bytes());
        for record in beside(number) {
            teller.give(record.as_bytes());
        }
    }
    teller.settle();
    teller.give(payment(PAYMENTS - 1).as_bytes());
    for record in beside(PAYMENTS - 1) {
        teller.give(record.as_bytes());
    }
    teller.finish(None)
}

/// All that was ever collected stands in one quarter.
fn assert_money(told: &Told, gross: &str, reversed: &str) {
    let quarter = told.rows.iter().find(|row| row["window"] == "quarter").unwrap();
    let kpis = &quarter["kpis"];
    assert_eq!(kpis["payments"]["value"], PAYMENTS);
    let collected = &kpis["amount_collected"];
    assert_eq!([&collected["gross"], &collected["reversed"]], [gross, reversed]);
    assert_eq!(collected["value"], collected["restated"]);
    assert_eq!(told.counts["applied"], told.counts.values().sum::<u64>());
}

/// The minute of a payment: ten thousand minutes are a week.
fn minute(number: u32) -> u64 {
    1_790_000_000_000 + u64::from(number) * 60_000
}

fn payment(number: u32) -> String {
    let at = minute(number);
    format!(
        r#"{{"type":"payment.posted","payment_id":"y{number}","account_id":"a","occurred_at":{at},"amount":3}}"#
    )
}

fn returned(number: u32, later: u64) -> String {
    let at = minute(number) + later;
    format!(
        r#"{{"type":"payment.reversed","payment_id":"r{number}","original_payment_id":"y{number}","account_id":"a","occurred_at":{at}}}"#
    )
}

fn promise(number: u32) -> String {
    let at = minute(number);
    let due = 24 + number / 1440;
    format!(
        r#"{{"type":"promise.made","promise_id":"p{number}","account_id":"a","occurred_at":{at},"amount":5000,"due_date":"2026-09-{due}"}}"#
    )
}
