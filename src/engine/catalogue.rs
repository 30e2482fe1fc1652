//! The catalogue: one row per KPI. Adding a KPI is adding a row.
//!
//! The topics, `replay`, `dunlin kpis` and `docs/KPIS.md` follow from it.

use super::formula::{Formula, Per, Sum};
use super::measure::Measure as M;

/// A KPI: what it is called, what it says, and how it is made.
#[derive(Clone, Copy, Debug)]
pub struct Kpi {
    /// As written on topics and in URLs.
    pub id: &'static str,
    /// Its English name.
    pub name: &'static str,
    /// Its Chinese name.
    pub name_zh: &'static str,
    /// What it says, in one English sentence.
    pub meaning: &'static str,
    /// What it says, in one Chinese sentence.
    pub meaning_zh: &'static str,
    /// Which part of the catalogue it belongs to.
    pub family: Family,
    /// Of its value.
    pub unit: Unit,
    /// The input topics that it needs.
    pub needs: &'static [&'static str],
    /// In which windows it is.
    pub windows: In,
    /// How it is made of measures.
    pub formula: Formula,
}

/// A part of the catalogue.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Family {
    /// Calls, messages and the work on them.
    Contact,
    /// Promises to pay and what became of them.
    Promises,
    /// Money that came in.
    Money,
}

impl Family {
    /// All of them, in the order of the catalogue.
    pub const ALL: [Self; 3] = [Self::Contact, Self::Promises, Self::Money];

    /// Its English and its Chinese name.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Contact => ("Contact", "联络"),
            Self::Promises => ("Promises", "承诺还款"),
            Self::Money => ("Money", "回款"),
        }
    }
}

/// The unit of a KPI's value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unit {
    /// A number of things.
    Count,
    /// A part of a whole, 0 to 1 (some can exceed it).
    Ratio,
    /// Seconds.
    Seconds,
    /// Days.
    Days,
    /// The reporting currency.
    Money,
    /// A number per hour.
    PerHour,
    /// A number per account, per promise or per agent.
    Per(&'static str),
}

impl Unit {
    /// As written in the reference.
    pub fn text(self) -> String {
        match self {
            Self::Count => "count".into(),
            Self::Ratio => "ratio".into(),
            Self::Seconds => "s".into(),
            Self::Days => "days".into(),
            Self::Money => "money".into(),
            Self::PerHour => "1/h".into(),
            Self::Per(what) => format!("1/{what}"),
        }
    }
}

/// The windows in which a KPI is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum In {
    /// Rolling windows and calendar windows to date.
    RollingAndCalendar,
    /// Calendar windows to date.
    Calendar,
    /// The window `now`: a state, not a sum.
    Now,
}

impl In {
    /// As written in the reference.
    pub fn text(self) -> &'static str {
        match self {
            Self::RollingAndCalendar => "rolling, calendar",
            Self::Calendar => "calendar",
            Self::Now => "now",
        }
    }
}

const C: &[&str] = &["calls"];
const P: &[&str] = &["promises"];
const Y: &[&str] = &["payments"];
const CP: &[&str] = &["calls", "promises"];
const CY: &[&str] = &["calls", "payments"];
const PY: &[&str] = &["promises", "payments"];
const CPY: &[&str] = &["calls", "promises", "payments"];

const VOICE_KNOWN: Sum = Sum::Less(M::VoiceOut, M::VoiceOutUnknown);

const fn count(of: Sum) -> Formula {
    Formula::Sum { of, beside: &[] }
}

const fn per(num: Sum, den: Sum, per: Per) -> Formula {
    Formula::Quotient { num, den, per }
}

const fn ratio(num: Sum, den: Sum) -> Formula {
    per(num, den, Per::Count)
}

macro_rules! kpis {
    ($($family:ident {
        $($id:literal $name:literal $zh:literal, $unit:expr, $needs:expr, $windows:ident, $formula:expr;
          $meaning:literal $meaning_zh:literal)*
    })*) => {
        &[$($(Kpi {
            id: $id,
            name: $name,
            name_zh: $zh,
            meaning: $meaning,
            meaning_zh: $meaning_zh,
            family: Family::$family,
            unit: $unit,
            needs: $needs,
            windows: In::$windows,
            formula: $formula,
        }),*),*]
    };
}

/// Every KPI, in the order in which rows print them.
#[rustfmt::skip]
pub const CATALOGUE: &[Kpi] = kpis! {
Contact {
    "calls" "Calls" "通话量", Unit::Count, C, RollingAndCalendar,
        Formula::Sum { of: Sum::One(M::VoiceOut), beside: &[("inbound", Sum::One(M::VoiceIn))] };
        "Outbound voice attempts, inbound voice beside them."
        "外呼语音的尝试次数，另列呼入语音的次数。"
    "abandonment_rate" "Abandonment rate" "呼损率", Unit::Ratio, C, RollingAndCalendar,
        ratio(Sum::One(M::Abandoned), Sum::Less(M::VoiceIn, M::VoiceInUnknown));
        "Inbound voice given up because nobody took it in time, over inbound voice offered."
        "呼入语音中因无人及时接听而放弃的占比。"
    "contact_attempts" "Contact attempts" "联络次数", Unit::Count, C, RollingAndCalendar,
        count(Sum::One(M::Attempts));
        "Outbound attempts by all channels."
        "各渠道对外联络的尝试次数合计。"
    "connect_rate" "Connect rate" "接通率", Unit::Ratio, C, RollingAndCalendar,
        ratio(Sum::One(M::Connected), VOICE_KNOWN);
        "Outbound voice answered by anything, over outbound voice attempts."
        "外呼语音中被接通（含语音信箱等机器应答）的占比。"
    "contact_rate" "Contact rate" "联系成功率", Unit::Ratio, C, RollingAndCalendar,
        ratio(Sum::One(M::Live), VOICE_KNOWN);
        "Outbound voice answered by a human, over outbound voice attempts."
        "外呼语音中由真人接听的占比。"
    "rpc_rate" "Right-party contact rate" "有效联系率", Unit::Ratio, C, RollingAndCalendar,
        ratio(Sum::One(M::RightParty), VOICE_KNOWN);
        "Outbound voice answered by the right party, over outbound voice attempts."
        "外呼语音中由债务人本人接听的占比。"
    "rpc_of_live_rate" "Right parties of live contacts" "本人接听占比", Unit::Ratio, C, RollingAndCalendar,
        ratio(Sum::One(M::RightParty), Sum::One(M::Live));
        "Right-party contacts over outbound voice answered by a human."
        "真人接听的外呼语音中由债务人本人接听的占比。"
    "response_rate" "Response rate" "回复率", Unit::Ratio, C, RollingAndCalendar,
        ratio(Sum::One(M::Replied), Sum::Both(M::Delivered, M::Replied));
        "Messages that were answered, over messages that arrived."
        "送达的消息中得到回复的占比。"
    "contacts_per_hour" "Contacts per hour" "每小时联络数", Unit::PerHour, C, RollingAndCalendar,
        per(Sum::One(M::LiveAny), Sum::One(M::HandleSeconds), Per::Hour);
        "Contacts answered by a human, per hour of handle time."
        "真人接听的联络数除以处理时长（小时）。"
    "cases_worked" "Cases worked" "催收案件数", Unit::Count, C, RollingAndCalendar,
        count(Sum::Distinct(M::Cases));
        "Distinct accounts with a handled contact."
        "有已处理联络的账户数，同一账户只计一次。"
    "cases_per_agent" "Cases per agent" "人均案件数", Unit::Per("agent"), C, RollingAndCalendar,
        ratio(Sum::Distinct(M::Cases), Sum::Distinct(M::Agents));
        "Cases worked over distinct agents with a handled contact."
        "催收案件数除以有已处理联络的催收员人数。"
    "cases_per_hour" "Cases per hour" "催收效率", Unit::PerHour, C, RollingAndCalendar,
        per(Sum::Distinct(M::Cases), Sum::One(M::HandleSeconds), Per::Hour);
        "Cases worked per hour of handle time."
        "催收案件数除以处理时长（小时）。"
    "average_handle_time" "Average handle time" "平均处理时长", Unit::Seconds, C, RollingAndCalendar,
        Formula::HandleTime;
        "Dial, talk, hold and wrap-up seconds per handled contact; median and 95th percentile beside it."
        "每次已处理联络的拨号、通话、保持与话后处理时长之和的平均值，另列中位数与第95百分位数。"
    "handle_time_per_case" "Handle time per case" "案均处理时长", Unit::Seconds, C, RollingAndCalendar,
        ratio(Sum::One(M::HandleSeconds), Sum::Distinct(M::Cases));
        "Handle time over cases worked."
        "处理时长除以催收案件数。"
    "talk_time" "Talk time" "通话时长", Unit::Seconds, C, RollingAndCalendar,
        count(Sum::One(M::TalkSeconds));
        "Seconds of talk in contacts of plausible length."
        "时长正常的联络的通话秒数合计。"
    "wrap_time" "Wrap-up time" "话后处理时长", Unit::Seconds, C, RollingAndCalendar,
        count(Sum::One(M::WrapSeconds));
        "Seconds of after-call work in contacts of plausible length."
        "时长正常的联络的话后处理秒数合计。"
    "hold_time" "Hold time" "保持时长", Unit::Seconds, C, RollingAndCalendar,
        count(Sum::One(M::HoldSeconds));
        "Seconds on hold in contacts of plausible length."
        "时长正常的联络的保持秒数合计。"
    "contact_frequency" "Contact frequency" "联络频次", Unit::Per("account"), C, RollingAndCalendar,
        ratio(Sum::One(M::Attempts), Sum::Distinct(M::Reached));
        "Outbound attempts over distinct accounts attempted."
        "对外联络的尝试次数除以被联络的账户数，同一账户只计一次。"
    "channel_mix" "Channel mix" "联络方式占比", Unit::Ratio, C, RollingAndCalendar,
        Formula::Mix { of: M::ChannelAttempts, whole: M::Attempts, counts: None };
        "Share of each channel in all outbound attempts."
        "各渠道在全部对外联络尝试中的占比。"
    "notices_per_account" "Notices per account" "催记频率", Unit::Per("account"), C, Calendar,
        Formula::Notices;
        "Contacts and notices received per account that received any; 95th percentile and maximum beside it."
        "收到联络或通知的账户平均收到的次数，另列第95百分位数与最大值。"
    "follow_ups_per_promise" "Follow-ups per promise" "承诺跟进次数", Unit::Per("promise"), CPY, RollingAndCalendar,
        ratio(Sum::One(M::FollowUps), Sum::One(M::Matured));
        "Outbound contacts between promise and verdict, over promises matured."
        "从作出承诺到判定之间的对外联络次数除以已判定的承诺笔数。"
    "automation_rate" "Automation rate" "技术使用率", Unit::Ratio, C, RollingAndCalendar,
        ratio(Sum::One(M::Automated), Sum::Less(M::Attempts, M::AttemptsUnknown));
        "Outbound contacts by automated or tool-assisted means, over all outbound contacts."
        "对外联络中以自动化或工具辅助方式进行的占比。"
}
Promises {
    "promises_made" "Promises made" "承诺笔数", Unit::Count, P, RollingAndCalendar,
        count(Sum::One(M::Made));
        "New promises to pay; reschedules are left out."
        "新取得的还款承诺笔数，不含改期。"
    "promised_amount" "Promised amount" "承诺金额", Unit::Money, P, RollingAndCalendar,
        count(Sum::One(M::PromisedAmount));
        "Money promised by new promises; reschedules are left out."
        "新取得的还款承诺的金额合计，不含改期。"
    "promise_rate" "Promise rate" "承诺还款比例", Unit::Ratio, CP, RollingAndCalendar,
        ratio(Sum::One(M::MadeAssisted), Sum::One(M::RightPartyAny));
        "Promises taken in a call or by an agent, over live right-party contacts; it can exceed 1."
        "经通话或由催收员取得的承诺笔数除以与债务人本人的联络数，可大于1。"
    "average_promise" "Average promise" "平均承诺金额", Unit::Money, P, RollingAndCalendar,
        ratio(Sum::One(M::PromisedAmount), Sum::One(M::Made));
        "Promised amount over promises made."
        "承诺金额除以承诺笔数。"
    "promise_kept_rate" "Kept rate" "承诺兑现率", Unit::Ratio, PY, RollingAndCalendar,
        ratio(Sum::One(M::Kept), Sum::One(M::Matured));
        "Promises kept over promises matured."
        "已判定的承诺中兑现的占比。"
    "promise_kept_amount_rate" "Kept amount rate" "承诺金额兑现率", Unit::Ratio, PY, RollingAndCalendar,
        per(Sum::One(M::KeptAmount), Sum::One(M::MaturedAmount), Per::Amount);
        "Money paid in time on matured promises, over the money they promised."
        "已判定的承诺中按时到账的金额占承诺金额的比例。"
    "promise_partial_rate" "Partially kept rate" "部分兑现率", Unit::Ratio, PY, RollingAndCalendar,
        ratio(Sum::One(M::PartiallyKept), Sum::One(M::Matured));
        "Promises partially kept over promises matured."
        "已判定的承诺中部分兑现的占比。"
    "promise_broken_rate" "Broken rate" "承诺违约率", Unit::Ratio, PY, RollingAndCalendar,
        ratio(Sum::One(M::Broken), Sum::One(M::Matured));
        "Promises broken over promises matured."
        "已判定的承诺中违约的占比。"
    "promise_broken_amount" "Broken amount" "违约金额", Unit::Money, PY, RollingAndCalendar,
        count(Sum::One(M::BrokenAmount));
        "Promised less paid in time, of broken and partially kept promises."
        "违约及部分兑现的承诺中未按时到账的金额。"
    "promises_open" "Open promises" "待兑现承诺", Unit::Count, PY, Now,
        Formula::State { count: M::Open, amount: M::OpenAmount, remaining: M::OpenRemaining };
        "Promises that can still be kept, with the amount promised and what remains to be paid."
        "仍可兑现的承诺笔数，另列承诺金额与剩余金额。"
    "promises_due_today" "Promises due today" "今日到期承诺", Unit::Count, PY, Now,
        Formula::State { count: M::DueToday, amount: M::DueTodayAmount, remaining: M::DueTodayRemaining };
        "Open promises whose due date is today in the account's zone."
        "按账户所在时区今日到期的待兑现承诺。"
    "promises_in_grace" "Promises in grace" "宽限期内承诺", Unit::Count, PY, Now,
        Formula::State { count: M::InGrace, amount: M::InGraceAmount, remaining: M::InGraceRemaining };
        "Open promises whose due date has passed and whose grace has not."
        "已过到期日但仍在宽限期内的待兑现承诺。"
    "promises_at_risk" "Promises at risk" "风险承诺", Unit::Count, PY, Now,
        Formula::State { count: M::AtRisk, amount: M::AtRiskAmount, remaining: M::AtRiskRemaining };
        "Open promises that are due today and unpaid at the cut-off hour, or whose account broke a promise or had a payment returned."
        "今日到期、至截止钟点仍分文未付，或该账户此前有违约或退票的待兑现承诺。"
    "re_promise_rate" "Re-promise rate" "再承诺率", Unit::Ratio, P, Calendar,
        ratio(Sum::One(M::MadeAgain), Sum::One(M::MadeAll));
        "Promises of level 2 and above over all promises made, reschedules included."
        "全部承诺（含改期）中第二次及以上承诺的占比。"
    "plan_adherence_rate" "Plan adherence rate" "分期履约率", Unit::Ratio, PY, Calendar,
        ratio(Sum::One(M::InstalmentsKept), Sum::One(M::InstalmentsMatured));
        "Instalments kept over instalments matured."
        "已判定的分期中按期兑现的占比。"
    "days_to_pay" "Days to pay" "付款天数", Unit::Days, PY, Calendar,
        ratio(Sum::One(M::PaidDays), Sum::One(M::Paid));
        "Mean days from the making of a promise to the payment that completed it, of promises kept."
        "兑现的承诺从作出到付清的平均天数。"
    "promise_horizon" "Promise horizon" "承诺期限", Unit::Days, P, Calendar,
        ratio(Sum::One(M::HorizonDays), Sum::One(M::MadeAll));
        "Mean days from the making of a promise to its due date."
        "从作出承诺到到期日的平均天数。"
    "late_paid_rate" "Late-paid rate" "违约后补缴率", Unit::Ratio, PY, Calendar,
        ratio(Sum::One(M::LatePaid), Sum::One(M::Broken));
        "Broken promises paid up to the threshold since, over broken promises."
        "违约的承诺中事后补缴达到门槛的占比。"
}
Money {
    "amount_collected" "Amount collected" "回款金额", Unit::Money, Y, RollingAndCalendar,
        Formula::Sum {
            of: Sum::Less(M::Gross, M::Reversed),
            beside: &[("gross", Sum::One(M::Gross)), ("reversed", Sum::One(M::Reversed)), ("restated", Sum::One(M::Restated))],
        };
        "Money paid in less money returned, each when it happened; restated: each payment less its returns, when it was paid."
        "到账金额减退回金额，各按发生时间计；重述值把退回冲减到原还款的时间。"
    "payments" "Payments" "还款笔数", Unit::Count, Y, RollingAndCalendar,
        count(Sum::One(M::Payments));
        "Payments posted."
        "入账的还款笔数。"
    "collection_period" "Collection period" "平均回款周期", Unit::Days, Y, Calendar,
        per(Sum::One(M::DueAmountDays), Sum::One(M::DueAmount), Per::Amount);
        "Mean days from due date to payment, weighted by amount, of payments that name their due date."
        "注明到期日的还款从到期日到付款日的平均天数，按金额加权。"
    "payment_channel_mix" "Payment channel mix" "还款渠道比例", Unit::Ratio, Y, RollingAndCalendar,
        Formula::Mix { of: M::ChannelRestated, whole: M::Restated, counts: Some((M::ChannelPayments, M::Payments)) };
        "Share of each means of payment, by net amount and by count."
        "各还款渠道的占比，按净额与按笔数。"
    "payment_return_rate" "Payment return rate" "退票率", Unit::Ratio, Y, Calendar,
        ratio(Sum::One(M::Returned), Sum::One(M::Payments));
        "Payments returned in part or in whole, over payments posted, at the time of the payment."
        "入账的还款中被部分或全部退回的占比，按还款时间计。"
    "collected_per_hour" "Collected per hour" "小时回款", Unit::Money, CY, RollingAndCalendar,
        per(Sum::Less(M::Gross, M::Reversed), Sum::One(M::HandleSeconds), Per::Hour);
        "Net collected per hour of handle time."
        "净回款金额除以处理时长（小时）。"
    "collected_per_contact" "Collected per contact" "单次有效联系回款", Unit::Money, CY, RollingAndCalendar,
        ratio(Sum::Less(M::Gross, M::Reversed), Sum::One(M::RightPartyAny));
        "Net collected over live right-party contacts."
        "净回款金额除以与债务人本人的联络数。"
}
};
