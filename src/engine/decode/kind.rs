//! The types of events: their names and topics, and which fields each uses.

use super::field::{Field, Fields};

/// The types that are understood.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Call,
    Promise,
    Cancelled,
    Override,
    Payment,
    Reversal,
    Pending,
    Failed,
    Snapshot,
    Sale,
    Heartbeat,
}

/// A type of event.
pub(super) struct Row {
    name: &'static str,
    /// Where it is sent; a heartbeat goes anywhere.
    pub(super) topic: Option<&'static str>,
    /// What it is; a type without is known, and skipped for now.
    pub(super) kind: Option<Kind>,
}

/// The type of this name.
pub(super) fn row_of(name: &str) -> Option<&'static Row> {
    TYPES.iter().find(|row| row.name == name)
}

const TYPES: &[Row] = &[
    row("call.completed", Some("collections.calls"), Some(Kind::Call)),
    row("promise.made", Some("collections.promises"), Some(Kind::Promise)),
    row("promise.cancelled", Some("collections.promises"), Some(Kind::Cancelled)),
    row("promise.verdict", Some("collections.promises"), Some(Kind::Override)),
    row("payment.posted", Some("collections.payments"), Some(Kind::Payment)),
    row("payment.reversed", Some("collections.payments"), Some(Kind::Reversal)),
    row("payment.pending", Some("collections.payments"), Some(Kind::Pending)),
    row("payment.failed", Some("collections.payments"), Some(Kind::Failed)),
    row("account.snapshot", Some("collections.accounts"), Some(Kind::Snapshot)),
    row("feed.heartbeat", None, Some(Kind::Heartbeat)),
    row("sale.booked", Some("collections.accounts"), Some(Kind::Sale)),
    row("waiver.requested", Some("collections.adjustments"), None),
    row("waiver.approved", Some("collections.adjustments"), None),
    row("waiver.rejected", Some("collections.adjustments"), None),
    row("waiver.revoked", Some("collections.adjustments"), None),
    row("write_off.posted", Some("collections.adjustments"), None),
    row("write_off.reversed", Some("collections.adjustments"), None),
    row("complaint.received", Some("collections.feedback"), None),
    row("dispute.opened", Some("collections.feedback"), None),
    row("dispute.resolved", Some("collections.feedback"), None),
    row("survey.answered", Some("collections.feedback"), None),
    row("training.assessed", Some("collections.feedback"), None),
    row("cost.booked", Some("collections.costs"), None),
    row("agent.state", Some("collections.agents"), None),
];

const fn row(name: &'static str, topic: Option<&'static str>, kind: Option<Kind>) -> Row {
    Row { name, topic, kind }
}

impl Kind {
    /// The fields that have a meaning in an event of this kind.
    pub(super) const fn used(self) -> Fields {
        const CALL: Fields = COMMON.and(Fields::of(&[
            Field::CallId,
            Field::Result,
            Field::Channel,
            Field::Direction,
            Field::StartedAt,
            Field::DialS,
            Field::QueueS,
            Field::TalkS,
            Field::HoldS,
            Field::WrapS,
            Field::Disposition,
            Field::Conversation,
            Field::Automated,
            Field::PartyType,
            Field::DebtIds,
            Field::ContactPointId,
            Field::ConnectedToDialedNumber,
            Field::ConsentAt,
            Field::Purpose,
        ]));
        const PROMISE: Fields = COMMON.and(Fields::of(&[
            Field::PromiseId,
            Field::DueDate,
            Field::Amount,
            Field::AmountMinor,
            Field::Currency,
            Field::DueTime,
            Field::CallId,
            Field::Channel,
            Field::PreviousPromiseId,
            Field::Instalments,
            Field::GraceDays,
            Field::TolerancePercent,
            Field::ToleranceAmount,
        ]));
        const CANCELLED: Fields = COMMON.and(Fields::of(&[Field::PromiseId, Field::Reason]));
        const OVERRIDE: Fields = COMMON.and(Fields::of(&[Field::PromiseId, Field::Verdict]));
        const PAYMENT: Fields = COMMON.and(Fields::of(&[
            Field::PaymentId,
            Field::Amount,
            Field::AmountMinor,
            Field::Currency,
            Field::Channel,
            Field::PromiseId,
            Field::DueDate,
            Field::Allocation,
            Field::IsPayoff,
            Field::IsSettlement,
            Field::AmountDue,
            Field::EffectiveDate,
        ]));
        const REVERSAL: Fields = COMMON.and(Fields::of(&[
            Field::PaymentId,
            Field::OriginalPaymentId,
            Field::Amount,
            Field::AmountMinor,
            Field::Currency,
            Field::Reason,
        ]));
        const UNSETTLED: Fields = COMMON.and(Fields::of(&[Field::PaymentId]));
        const SNAPSHOT: Fields = COMMON.and(Fields::of(&[
            Field::BalanceTotal,
            Field::BalanceOverdue,
            Field::Currency,
            Field::Status,
            Field::AmountDue,
            Field::DelinquentSince,
            Field::PlacedAt,
            Field::OpenedOn,
            Field::MaturityDate,
            Field::FirstDueDate,
            Field::CreditScore,
            Field::Propensity,
            Field::OwnerAgentId,
        ]));
        const SALE: Fields = COMMON.and(Fields::of(&[
            Field::SaleId,
            Field::Amount,
            Field::AmountMinor,
            Field::Currency,
        ]));
        match self {
            Self::Call => CALL,
            Self::Promise => PROMISE,
            Self::Cancelled => CANCELLED,
            Self::Override => OVERRIDE,
            Self::Payment => PAYMENT,
            Self::Reversal => REVERSAL,
            Self::Pending | Self::Failed => UNSETTLED,
            Self::Snapshot => SNAPSHOT,
            Self::Sale => SALE,
            Self::Heartbeat => COMMON,
        }
    }
}

/// The fields that have a meaning in every event.
const COMMON: Fields = Fields::of(&[
    Field::Type,
    Field::OccurredAt,
    Field::AccountId,
    Field::Revision,
    Field::AgentId,
    Field::TeamId,
    Field::AgencyId,
    Field::CampaignId,
    Field::StrategyId,
    Field::Product,
    Field::Tier,
    Field::RiskClass,
    Field::Bucket,
    Field::Dpd,
    Field::CustomerId,
    Field::AccountTz,
]);
