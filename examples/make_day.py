#!/usr/bin/env python3
"""Writes day.jsonl: five days of one collections floor in Shanghai, always the same.

Eleven agents in three teams call accounts of the buckets M0 to M4, take promises, and see them
kept, kept in part, rescheduled and broken. As on a real floor some records come twice, some out of
order, and two are no events at all.
"""

import json
import random
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

SHANGHAI = timezone(timedelta(hours=8))
MONDAY = date(2026, 11, 16)
CALLS_OF_AN_AGENT = [10, 10, 11, 10, 27]  # Monday to Friday: the last day in more detail
TEAMS = {
    "team-early": (["agent-01", "agent-02", "agent-03", "agent-04"], ["M0", "M1"]),
    "team-mid": (["agent-05", "agent-06", "agent-07", "agent-08"], ["M2"]),
    "team-late": (["agent-09", "agent-10", "agent-11"], ["M3", "M4"]),
}
# How a call ends, in percent; and how many of the promises of a bucket are kept.
RESULTS = {
    "no_answer": 33, "busy": 7, "rejected": 5, "failed": 3, "machine": 9, "human": 5,
    "third_party": 6, "wrong_party": 2, "right_party": 30,
}
KEPT = {"M0": 0.85, "M1": 0.72, "M2": 0.58, "M3": 0.45, "M4": 0.35}

chance = random.Random(20)
events = []  # (when it arrives, the line)
last_id = {"c": 0, "p": 0, "y": 0}


def new_id(kind):
    last_id[kind] += 1
    return f"{kind}-{last_id[kind]:04}"


def pick(weights):
    return chance.choices(list(weights), list(weights.values()))[0]


def money(cents):
    return f"{cents // 100}.{cents % 100:02}"


def at(day, hour, spread_minutes):
    start = datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI)
    return start + timedelta(seconds=chance.randrange(spread_minutes * 60))


def emit(type_, when, account, **fields):
    event = {"type": type_, "occurred_at": when.isoformat(), "account_id": account["id"]}
    line = json.dumps(event | fields, separators=(",", ":"))
    late = 900 if chance.random() < 0.02 else 3  # most arrive at once, a few a while later
    events.append((when + timedelta(seconds=chance.random() * late), line))
    if chance.random() < 0.01:  # and some twice
        events.append((when + timedelta(seconds=chance.random() * 60), line))


def pay(account, when, cents, **fields):
    """A payment, unless the file ends before it; a few come back a day later."""
    if when.date() > MONDAY + timedelta(days=4) or when.hour >= 20:
        return
    payment_id = new_id("y")
    channel = pick({"wallet": 45, "bank_transfer": 25, "direct_debit": 20, "card": 10})
    emit("payment.posted", when, account, payment_id=payment_id, bucket=account["bucket"],
         amount=money(cents), currency="CNY", channel=channel, **fields)
    back = when + timedelta(hours=chance.randrange(18, 30))
    if channel == "direct_debit" and chance.random() < 0.4 and back.weekday() < 5:
        emit("payment.reversed", back, account, payment_id=new_id("y"),
             original_payment_id=payment_id, reason="insufficient_funds")


def promise(account, made, call_id, who, previous=None):
    """A promise, and what becomes of it."""
    bucket = account["bucket"]
    share = 1.0 if bucket in ("M0", "M1") else chance.choice([0.2, 0.3, 0.5])
    cents = max(10_000, round(account["owed"] * share / 5_000) * 5_000)
    due = made.date() + timedelta(days=chance.choice([0, 1, 1, 1, 2, 2, 3]))
    promise_id = new_id("p")
    linked = {"previous_promise_id": previous} if previous else {}
    emit("promise.made", made, account, promise_id=promise_id, **who, bucket=bucket,
         amount=money(cents), currency="CNY", due_date=due.isoformat(), call_id=call_id, **linked)
    if due.weekday() > 4:
        return
    paid = at(due, 12, 420)
    if paid <= made:
        paid = made + timedelta(minutes=chance.randrange(5, 90))
    fate = chance.random()
    if fate < KEPT[bucket]:
        if chance.random() < 0.15:  # in two parts
            pay(account, made + timedelta(minutes=20), cents * 2 // 5 // 100 * 100)
            cents -= cents * 2 // 5 // 100 * 100
        pay(account, paid, cents)
    elif fate < KEPT[bucket] + 0.12:
        pay(account, paid, cents // 3 // 100 * 100)
    elif fate < KEPT[bucket] + 0.18:
        pay(account, paid + timedelta(days=1), cents)  # too late
    elif fate < KEPT[bucket] + 0.26 and previous is None and due > made.date():
        again = at(due, 9, 60)
        call(account, again, who, "right_party", previous=promise_id)


def call(account, end, who, result, previous=None):
    call_id, bucket = new_id("c"), account["bucket"]
    fields = {"dial_s": chance.randrange(4, 28)}
    promised = False
    if result == "right_party":
        promised = previous is not None or chance.random() < 0.5
        fields["disposition"] = "promise" if promised else pick(
            {"refusal": 30, "callback": 35, "hardship": 15, "dispute": 8, "paid": 12})
        fields |= {"talk_s": round(chance.gammavariate(3, 55)) + 20, "wrap_s": chance.randrange(8, 60)}
        if chance.random() < 0.1:
            fields["hold_s"] = chance.randrange(10, 90)
    elif result in ("human", "third_party", "wrong_party"):
        fields |= {"talk_s": chance.randrange(8, 70), "wrap_s": chance.randrange(4, 20)}
    if promised:
        promise(account, end - timedelta(seconds=12), call_id, who, previous)
    emit("call.completed", end, account, call_id=call_id, **who, bucket=bucket, result=result, **fields)


def account(number, buckets):
    bucket = chance.choice(buckets)
    owed = round(chance.lognormvariate(7.3, 0.7) * 100) + 20_000
    return {"id": f"A{10_000 + number}", "bucket": bucket, "owed": owed}


def floor():
    number = 0
    for team, (agents, buckets) in TEAMS.items():
        for agent in agents:
            who = {"agent_id": agent, "team_id": team}
            accounts = [account(number + n, buckets) for n in range(20)]
            number += 20
            for offset, calls in enumerate(CALLS_OF_AN_AGENT):
                day = MONDAY + timedelta(days=offset)
                for _ in range(calls):
                    one = chance.choice(accounts)
                    call(one, at(day, 9, 570), who, pick(RESULTS))
                for one in chance.sample(accounts, 2):  # reminders, sent by a machine
                    result = pick({"delivered": 75, "replied": 12, "undelivered": 13})
                    emit("call.completed", at(day, 8, 50), one, call_id=new_id("c"),
                         channel=chance.choice(["sms", "im"]), bucket=one["bucket"],
                         result=result, automated=True, purpose="ptp_reminder")
                if chance.random() < 0.3:  # money that nobody had promised
                    pay(chance.choice(accounts), at(day, 10, 480), chance.randrange(5, 60) * 1_000)
                if chance.random() < 0.2:
                    result = pick({"right_party": 70, "abandoned": 30})
                    one = chance.choice(accounts)
                    emit("call.completed", at(day, 10, 420), one, call_id=new_id("c"),
                         bucket=one["bucket"], direction="inbound", result=result,
                         **(who | {"talk_s": 95, "wrap_s": 20} if result == "right_party" else {}))


floor()
friday = datetime(2026, 11, 20, 14, 30, tzinfo=SHANGHAI)
events.append((friday, json.dumps({
    "type": "payment.posted", "occurred_at": friday.isoformat(), "account_id": "A10007",
    "payment_id": "y-9001", "amount": "-50.00", "currency": "CNY"}, separators=(",", ":"))))
events.append((friday + timedelta(minutes=41), '{"type":"call.completed","call_id":"c-9002","occurred_at":"2026-11-20T15:'))
events.sort(key=lambda event: event[0])
(Path(__file__).parent / "day.jsonl").write_text("".join(f"{line}\n" for _, line in events))
