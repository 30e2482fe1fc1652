//! One pass over a JSON object: the text of each known field, uninterpreted.
//!
//! Which fields are used depends on `type`, which may come last; so the pass only notes where every
//! known field's value lies, and the values of the used ones are read afterwards.

use super::members::members;
use super::value;

/// Declares [`Field`] and its names side by side, so that they cannot diverge.
macro_rules! fields {
    ($($field:ident $name:literal)*) => {
        /// A field that has a meaning in some event, in an envelope, or inside another field.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        #[repr(u8)]
        pub(super) enum Field { $($field),* }

        const FIELDS: &[Field] = &[$(Field::$field),*];

        impl Field {
            /// As written in JSON.
            pub(super) const fn name(self) -> &'static str {
                match self { $(Self::$field => $name),* }
            }

            /// The field of this name, if it is known.
            fn named(name: &str) -> Option<Self> {
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
        FIELDS.get((self.0 & other.0).trailing_zeros() as usize).copied()
    }

    /// Whether `field` was in already, which it now is.
    fn put(&mut self, field: Field) -> bool {
        let bit = 1 << field as u32;
        let was_in = self.0 & bit != 0;
        self.0 |= bit;
        was_in
    }
}

/// The values of an object's known fields as they are written; of a field given twice the last.
#[derive(Debug)]
pub(super) struct Object<'a> {
    values: [Option<&'a str>; FIELDS.len()],
    given: Fields,
    /// Of these, the ones that are given again.
    pub(super) given_twice: Fields,
}

impl<'a> Object<'a> {
    /// Nothing is given.
    pub(super) fn empty() -> Self {
        Self {
            values: [None; FIELDS.len()],
            given: Fields::default(),
            given_twice: Fields::default(),
        }
    }

    /// Notes the fields of the object that is the whole of `text`; says what is wrong if it is no
    /// JSON object or nested too deep.
    pub(super) fn scan(text: &'a str) -> serde_json::Result<Self> {
        let mut object = Self::empty();
        object.fill(text)?;
        Ok(object)
    }

    /// As [`scan`](Self::scan), in place: the slots are too large to be moved about.
    pub(super) fn fill(&mut self, text: &'a str) -> serde_json::Result<()> {
        members(text, |name, value| {
            let name = value::any_text(name);
            let Some(field) = name.and_then(|name| Field::named(&name)) else { return };
            if self.given.put(field) {
                self.given_twice.put(field);
            }
            self.values[field as usize] = (value != "null" && value != "\"\"").then_some(value);
        })
    }

    /// What the field is given as; `None` where it is missing, `null` or an empty text.
    pub(super) fn value(&self, field: Field) -> Option<&'a str> {
        self.values[field as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(json: &str, field: Field) -> Option<&str> {
        Object::scan(json).expect("an object").value(field)
    }

    #[test]
    fn every_name_finds_its_field() {
        for &field in FIELDS {
            assert_eq!(Field::named(field.name()), Some(field));
        }
        assert_eq!(Field::named(""), None);
        assert_eq!(Field::named("typ"), None);
        assert_eq!(Field::named("écran"), None);
    }

    #[test]
    fn values_are_noted_as_they_are_written() {
        let json = r#" { "amount" : 1.50 , "note":{"amount":7}, "reason": "a\nb" } "#;
        assert_eq!(value(json, Field::Amount), Some("1.50"));
        assert_eq!(value(json, Field::Reason), Some(r#""a\nb""#));
        assert_eq!(value(json, Field::Currency), None);
    }

    #[test]
    fn null_and_an_empty_text_are_absent() {
        assert_eq!(value(r#"{"bucket":null}"#, Field::Bucket), None);
        assert_eq!(value(r#"{"bucket":""}"#, Field::Bucket), None);
        assert_eq!(value(r#"{"bucket":" "}"#, Field::Bucket), Some("\" \""));
    }

    #[test]
    fn an_escaped_name_is_the_name() {
        assert_eq!(value(r#"{"\u0061mount":1}"#, Field::Amount), Some("1"));
    }

    #[test]
    fn an_ignored_name_may_be_half_a_surrogate_pair() {
        assert_eq!(value(r#"{"\ud800":1,"amount":"\ud800"}"#, Field::Amount), Some(r#""\ud800""#));
    }

    #[test]
    fn a_field_given_twice_is_noted() {
        let object = Object::scan(r#"{"amount":1,"\u0061mount":null,"fees":1}"#).unwrap();
        assert_eq!(object.given_twice, Fields::of(&[Field::Amount]));
        assert_eq!(object.value(Field::Amount), None);
    }

    #[test]
    fn nesting_is_limited() {
        let nested = |levels| format!(r#"{{"x":{}{}}}"#, "[".repeat(levels), "]".repeat(levels));
        assert!(Object::scan(&nested(126)).is_ok());
        assert!(Object::scan(&nested(127)).is_err());
        assert!(Object::scan(&nested(100_000)).is_err());
    }
}
