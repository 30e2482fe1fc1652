//! Words: how a KPI is made of measures, said in English and in Chinese.

use crate::cli::Lang;
use crate::engine::catalogue::{In, Unit};
use crate::engine::formula::{Formula, Per, Sum};
use crate::engine::measure::Measure;

/// A formula as a person writes it: what is above the line, and below.
pub fn formula(formula: Formula, lang: Lang) -> String {
    let said = |english: &str, chinese: &str| pick(lang, english, chinese).to_owned();
    match formula {
        Formula::Sum { of, beside } => {
            let beside: Vec<String> = beside
                .iter()
                .map(|&(name, part)| format!("`{name}` = {}", sum(part, lang)))
                .collect();
            with(sum(of, lang), &beside, lang)
        }
        Formula::Quotient { num, den, per } => {
            let hourly = match per {
                Per::Hour => " × 3600",
                Per::Count | Per::Amount => "",
            };
            format!("{} / {}{hourly}", bracketed(num, lang), bracketed(den, lang))
        }
        Formula::HandleTime => with(
            format!(
                "{} / {}",
                measure(Measure::HandleSeconds, lang),
                measure(Measure::Timed, lang)
            ),
            &["`p50`".into(), "`p95`".into()],
            lang,
        ),
        Formula::Notices => with(
            format!("{} / {}", measure(Measure::Notices, lang), measure(Measure::Noticed, lang)),
            &["`p95`".into(), "`max`".into()],
            lang,
        ),
        Formula::Mix { of, whole, counts } => {
            let share = |of, whole| format!("{} / {}", measure(of, lang), measure(whole, lang));
            let beside = counts.map(|(of, whole)| format!("`count` = {}", share(of, whole)));
            let by = said("by channel: ", "按渠道：");
            with(format!("{by}{}", share(of, whole)), beside.as_slice(), lang)
        }
        Formula::State { count, amount, remaining } => with(
            measure(count, lang).to_owned(),
            &[
                format!("`amount` = {}", measure(amount, lang)),
                format!("`remaining` = {}", measure(remaining, lang)),
            ],
            lang,
        ),
    }
}

/// The unit of a value.
pub fn unit(unit: Unit, lang: Lang) -> String {
    let chinese = match unit {
        Unit::Count => "数量",
        Unit::Ratio => "比率",
        Unit::Seconds => "秒",
        Unit::Days => "天",
        Unit::Money => "金额",
        Unit::PerHour => "每小时",
        Unit::Per("agent") => "每人",
        Unit::Per("account") => "每账户",
        Unit::Per("promise") => "每笔承诺",
        Unit::Per(other) => return format!("1/{other}"),
    };
    match lang {
        Lang::En => unit.text(),
        Lang::Zh => chinese.to_owned(),
    }
}

/// The windows that have a KPI.
pub fn windows(windows: In, lang: Lang) -> &'static str {
    let chinese = match windows {
        In::RollingAndCalendar => "滚动、日历",
        In::Calendar => "日历",
        In::Now => "当前",
    };
    pick(lang, windows.text(), chinese)
}

/// An input topic by its last name.
pub fn topic(name: &'static str, lang: Lang) -> &'static str {
    let chinese = match name {
        "calls" => "联络",
        "promises" => "承诺",
        "payments" => "还款",
        other => other,
    };
    pick(lang, name, chinese)
}

fn with(main: String, beside: &[String], lang: Lang) -> String {
    if beside.is_empty() {
        return main;
    }
    match lang {
        Lang::En => format!("{main}; beside it {}", beside.join(", ")),
        Lang::Zh => format!("{main}；另列 {}", beside.join("、")),
    }
}

fn pick<'a>(lang: Lang, english: &'a str, chinese: &'a str) -> &'a str {
    match lang {
        Lang::En => english,
        Lang::Zh => chinese,
    }
}

fn sum(sum: Sum, lang: Lang) -> String {
    match sum {
        Sum::One(one) | Sum::Distinct(one) => measure(one, lang).to_owned(),
        Sum::Both(first, second) => {
            format!("{} + {}", measure(first, lang), measure(second, lang))
        }
        Sum::Less(first, second) => {
            format!("{} − {}", measure(first, lang), measure(second, lang))
        }
    }
}

/// In brackets where the line would tear it apart.
fn bracketed(part: Sum, lang: Lang) -> String {
    match part {
        Sum::One(_) | Sum::Distinct(_) => sum(part, lang),
        Sum::Both(..) | Sum::Less(..) => format!("({})", sum(part, lang)),
    }
}

/// What a measure counts.
fn measure(measure: Measure, lang: Lang) -> &'static str {
    let (english, chinese) = match measure {
        Measure::Contacts => ("contacts", "联络数"),
        Measure::VoiceOut => ("outbound voice attempts", "外呼语音次数"),
        Measure::VoiceIn => ("inbound voice", "呼入语音次数"),
        Measure::VoiceInUnknown => ("that without a recorded outcome", "其中结果未记录的次数"),
        Measure::Abandoned => ("abandoned inbound voice", "放弃的呼入语音次数"),
        Measure::Attempts => ("outbound attempts", "对外联络次数"),
        Measure::VoiceOutUnknown | Measure::AttemptsUnknown => {
            ("those without a recorded outcome", "其中结果未记录的次数")
        }
        Measure::Connected => ("outbound voice answered by anything", "接通的外呼语音次数"),
        Measure::Live => ("outbound voice answered by a human", "真人接听的外呼语音次数"),
        Measure::RightParty => {
            ("outbound voice answered by the right party", "本人接听的外呼语音次数")
        }
        Measure::LiveAny => ("contacts answered by a human", "真人接听的联络数"),
        Measure::RightPartyAny => ("live right-party contacts", "与本人的联络数"),
        Measure::Delivered => ("messages delivered and not answered", "送达而未回复的消息数"),
        Measure::Replied => ("messages answered", "得到回复的消息数"),
        Measure::Handled => ("handled contacts", "已处理联络数"),
        Measure::HandledByAgent => ("contacts handled by an agent", "催收员处理的联络数"),
        Measure::Timed => ("handled contacts of plausible length", "时长正常的已处理联络数"),
        Measure::HandleSeconds => ("handle seconds", "处理秒数"),
        Measure::TalkSeconds => ("talk seconds", "通话秒数"),
        Measure::HoldSeconds => ("hold seconds", "保持秒数"),
        Measure::WrapSeconds => ("wrap-up seconds", "话后处理秒数"),
        Measure::Automated => ("automated outbound attempts", "自动化的对外联络次数"),
        Measure::Notices => ("contacts and notices received", "收到的联络与通知次数"),
        Measure::ChannelAttempts => ("outbound attempts by the channel", "该渠道的对外联络次数"),
        Measure::HandleTimes => ("handle times", "各次处理时长"),
        Measure::Cases => ("accounts with a handled contact", "有已处理联络的账户数"),
        Measure::Reached => ("accounts attempted", "被联络的账户数"),
        Measure::Noticed => ("accounts that received any", "收到过的账户数"),
        Measure::Agents => ("agents with a handled contact", "有已处理联络的催收员人数"),
        Measure::Made => ("new promises", "新承诺笔数"),
        Measure::MadeAssisted => {
            ("new promises with a call or an agent", "有通话或催收员的新承诺笔数")
        }
        Measure::MadeAll => ("promises made, reschedules too", "全部承诺笔数（含改期）"),
        Measure::MadeAgain => ("promises of level 2 and above", "第二次及以上的承诺笔数"),
        Measure::HorizonDays => ("days from promise to due date", "从承诺到到期日的天数"),
        Measure::Matured => ("promises matured", "已判定的承诺笔数"),
        Measure::Kept => ("promises kept", "兑现的承诺笔数"),
        Measure::PartiallyKept => ("promises partially kept", "部分兑现的承诺笔数"),
        Measure::Broken => ("promises broken", "违约的承诺笔数"),
        Measure::LatePaid => ("promises broken and paid since", "违约后补缴的承诺笔数"),
        Measure::FollowUps => {
            ("outbound contacts between promise and verdict", "承诺与判定之间的对外联络次数")
        }
        Measure::InstalmentsMatured => ("instalments matured", "已判定的分期数"),
        Measure::InstalmentsKept => ("instalments kept", "兑现的分期数"),
        Measure::Paid => ("promises kept by a payment", "因还款而兑现的承诺笔数"),
        Measure::PaidDays => ("days from promise to completing payment", "从承诺到付清的天数"),
        Measure::Payments => ("payments posted", "入账的还款笔数"),
        Measure::Returned => ("payments returned", "被退回的还款笔数"),
        Measure::ChannelPayments => ("payments by the channel", "该渠道的还款笔数"),
        Measure::Open => ("open promises", "待兑现的承诺笔数"),
        Measure::DueToday => ("open promises due today", "今日到期的承诺笔数"),
        Measure::InGrace => ("open promises in grace", "宽限期内的承诺笔数"),
        Measure::AtRisk => ("open promises at risk", "有风险的承诺笔数"),
        Measure::PromisedAmount => ("money newly promised", "新承诺金额"),
        Measure::MaturedAmount => ("money promised by matured promises", "已判定承诺的承诺金额"),
        Measure::KeptAmount => {
            ("money paid in time on matured promises", "已判定承诺按时到账的金额")
        }
        Measure::BrokenAmount => (
            "promised less paid in time, of broken and partially kept promises",
            "违约及部分兑现的承诺中未按时到账的金额",
        ),
        Measure::Gross => ("money paid in", "到账金额"),
        Measure::Reversed => ("money returned", "退回金额"),
        Measure::Restated => ("money paid in less its returns", "冲减退回后的到账金额"),
        Measure::ChannelRestated => {
            ("money paid in less its returns, by the channel", "该还款渠道的净额")
        }
        Measure::DueAmount => ("money paid that names its due date", "注明到期日的还款金额"),
        Measure::DueAmountDays => (
            "money paid × days from its due date to the payment",
            "还款金额 × 从到期日到付款日的天数",
        ),
        Measure::OpenAmount
        | Measure::DueTodayAmount
        | Measure::InGraceAmount
        | Measure::AtRiskAmount => ("the money promised", "承诺金额"),
        Measure::OpenRemaining
        | Measure::DueTodayRemaining
        | Measure::InGraceRemaining
        | Measure::AtRiskRemaining => ("what remains of it", "剩余金额"),
    };
    pick(lang, english, chinese)
}
