//! The fields that are known, by their names, and sets of them.

/// Declares [`Field`] and its names side by side, so that they cannot diverge.
macro_rules! fields {
    ($($field:ident $name:literal)*) => {
        /// A field that has a meaning in some event, in an envelope, or inside another field.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub(super) enum Field { $($field),* }

        impl Field {
            /// In the order in which they are declared.
            pub(super) const ALL: &[Self] = &[$(Self::$field),*];

            /// As written in JSON.
            pub(super) const fn name(self) -> &'static str {
                match self { $(Self::$field => $name),* }
            }

            /// The field of this name, if it is known.
            pub(super) fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$field),)*
                    _ => None,
                }
            }
        }
    };
}

fields! {
    Type "type"
    OccurredAt "occurred_at"
    AccountId "account_id"
    Revision "revision"
    AgentId "agent_id"
    TeamId "team_id"
    AgencyId "agency_id"
    CampaignId "campaign_id"
    StrategyId "strategy_id"
    Product "product"
    Tier "tier"
    RiskClass "risk_class"
    Bucket "bucket"
    Dpd "dpd"
    CustomerId "customer_id"
    AccountTz "account_tz"
    CallId "call_id"
    Result "result"
    Channel "channel"
    Direction "direction"
    StartedAt "started_at"
    DialS "dial_s"
    QueueS "queue_s"
    TalkS "talk_s"
    HoldS "hold_s"
    WrapS "wrap_s"
    Disposition "disposition"
    Conversation "conversation"
    Automated "automated"
    PartyType "party_type"
    DebtIds "debt_ids"
    ContactPointId "contact_point_id"
    ConnectedToDialedNumber "connected_to_dialed_number"
    ConsentAt "consent_at"
    Purpose "purpose"
    PromiseId "promise_id"
    DueDate "due_date"
    Amount "amount"
    AmountMinor "amount_minor"
    Currency "currency"
    DueTime "due_time"
    PreviousPromiseId "previous_promise_id"
    Instalments "instalments"
    GraceDays "grace_days"
    TolerancePercent "tolerance_percent"
    ToleranceAmount "tolerance_amount"
    Reason "reason"
    Verdict "verdict"
    PaymentId "payment_id"
    OriginalPaymentId "original_payment_id"
    Allocation "allocation"
    IsPayoff "is_payoff"
    IsSettlement "is_settlement"
    AmountDue "amount_due"
    EffectiveDate "effective_date"
    BalanceTotal "balance_total"
    BalanceOverdue "balance_overdue"
    Status "status"
    DelinquentSince "delinquent_since"
    PlacedAt "placed_at"
    OpenedOn "opened_on"
    MaturityDate "maturity_date"
    FirstDueDate "first_due_date"
    CreditScore "credit_score"
    Propensity "propensity"
    OwnerAgentId "owner_agent_id"
    SaleId "sale_id"
    Principal "principal"
    Interest "interest"
    Fees "fees"
    Penalties "penalties"
    Costs "costs"
    Specversion "specversion"
    Data "data"
}

/// A set of fields.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Fields(u128);

impl Fields {
    /// Of these fields.
    pub(super) const fn of(fields: &[Field]) -> Self {
        let mut set = 0;
        let mut at = 0;
        while at < fields.len() {
            set |= 1 << fields[at] as u32;
            at += 1;
        }
        Self(set)
    }

    /// With those of `other`.
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The first that `other` has too.
    pub(super) fn first_common(self, other: Self) -> Option<Field> {
        Field::ALL.get((self.0 & other.0).trailing_zeros() as usize).copied()
    }

    /// Whether `field` was in already, which it now is.
    pub(super) fn put(&mut self, field: Field) -> bool {
        let bit = 1 << field as u32;
        let was_in = self.0 & bit != 0;
        self.0 |= bit;
        was_in
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_finds_its_field() {
        for &field in Field::ALL {
            assert_eq!(Field::named(field.name()), Some(field));
        }
        assert_eq!(Field::named(""), None);
        assert_eq!(Field::named("typ"), None);
        assert_eq!(Field::named("écran"), None);
    }
}
