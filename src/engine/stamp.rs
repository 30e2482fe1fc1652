//! Stamps: the interned tuple of an event's dimensions, and the scope keys that it names.
//!
//! A stamp is made once per combination of values; from then on an event costs one look-up, not one
//! per grouping set. It holds only the dimensions that some grouping set uses.

use std::fmt;

use super::event;
use super::lookup::Lookup;
use super::settings::Preset;

/// What a KPI can be grouped by.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Dimension {
    /// `agent_id`
    Agent,
    /// `team_id`
    Team,
    /// `agency_id`
    Agency,
    /// `campaign_id`
    Campaign,
    /// `strategy_id`
    Strategy,
    /// `product`
    Product,
    /// `tier`
    Tier,
    /// `risk_class`
    RiskClass,
    /// `bucket`, or from days past due
    Bucket,
    /// The contact channel.
    Channel,
    /// The means of payment.
    PaymentChannel,
}

/// How many dimensions there are.
pub const DIMENSIONS: usize = 11;

impl Dimension {
    /// All of them, in the order in which [`Values`] holds them.
    pub const ALL: [Self; DIMENSIONS] = [
        Self::Agent,
        Self::Team,
        Self::Agency,
        Self::Campaign,
        Self::Strategy,
        Self::Product,
        Self::Tier,
        Self::RiskClass,
        Self::Bucket,
        Self::Channel,
        Self::PaymentChannel,
    ];

    /// From its name, if there is one of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dimension| dimension.name() == text)
    }

    /// As written in scopes, in the configuration and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Team => "team",
            Self::Agency => "agency",
            Self::Campaign => "campaign",
            Self::Strategy => "strategy",
            Self::Product => "product",
            Self::Tier => "tier",
            Self::RiskClass => "risk_class",
            Self::Bucket => "bucket",
            Self::Channel => "channel",
            Self::PaymentChannel => "payment_channel",
        }
    }
}

/// An interned value of any dimension.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Name(pub u32);

impl Name {
    /// Nobody said: prints as `unknown`.
    pub const UNKNOWN: Self = Self(0);
    /// Money that no agent earned: prints as `unassisted`.
    pub const UNASSISTED: Self = Self(1);
    /// The contact channel of money that no contact brought: prints as `none`.
    pub const NONE: Self = Self(2);
    /// Somebody said `unknown`: as good as any other value where it counts that it was stated, and
    /// one with [`UNKNOWN`](Self::UNKNOWN) in every scope.
    const SAID_UNKNOWN: Self = Self(3);

    /// Whether somebody said.
    pub fn is_known(self) -> bool {
        self != Self::UNKNOWN
    }

    /// The value that scopes and mixes go by.
    #[must_use]
    pub fn grouped(self) -> Self {
        if self == Self::SAID_UNKNOWN { Self::UNKNOWN } else { self }
    }

    /// This, or `other` where nobody said.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if self.is_known() { self } else { other }
    }
}

/// Texts to numbers and back.
#[derive(Clone, Debug)]
pub struct Names {
    ids: Lookup<Box<str>, Name>,
    texts: Vec<Box<str>>,
}

impl Default for Names {
    fn default() -> Self {
        let mut names = Self { ids: Lookup::default(), texts: vec!["unknown".into()] };
        for reserved in ["unassisted", "none", "unknown"] {
            names.intern(reserved);
        }
        names
    }
}

impl Names {
    /// The number of `text`, the same for ever.
    pub fn intern(&mut self, text: &str) -> Name {
        if let Some(&name) = self.ids.get(text) {
            return name;
        }
        let name = Name(u32::try_from(self.texts.len()).expect("fewer than 2³² distinct values"));
        self.texts.push(text.into());
        self.ids.insert(text.into(), name);
        name
    }

    /// What was interned.
    pub fn text(&self, name: Name) -> &str {
        &self.texts[name.0 as usize]
    }
}

/// One value for each dimension.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Values([Name; DIMENSIONS]);

impl Values {
    /// The value of one dimension.
    pub fn get(&self, dimension: Dimension) -> Name {
        self.0[dimension as usize]
    }

    /// The same but for one dimension.
    #[must_use]
    pub fn with(mut self, dimension: Dimension, name: Name) -> Self {
        self.0[dimension as usize] = name;
        self
    }

    /// These dimensions alone.
    #[must_use]
    pub fn only(mut self, dimensions: &[Dimension]) -> Self {
        for (dimension, value) in Dimension::ALL.into_iter().zip(&mut self.0) {
            if !dimensions.contains(&dimension) {
                *value = Name::UNKNOWN;
            }
        }
        self
    }

    /// What an event states, as it states it; its bucket, or the one of its days past due.
    pub fn stated(names: &mut Names, said: &event::Dimensions<'_>, preset: Preset) -> Self {
        let mut values = Self::default();
        let texts = [
            (Dimension::Agent, &said.agent),
            (Dimension::Team, &said.team),
            (Dimension::Agency, &said.agency),
            (Dimension::Campaign, &said.campaign),
            (Dimension::Strategy, &said.strategy),
            (Dimension::Product, &said.product),
            (Dimension::Tier, &said.tier),
            (Dimension::RiskClass, &said.risk_class),
            (Dimension::Bucket, &said.bucket),
        ];
        for (dimension, text) in texts {
            if let Some(text) = text {
                values.0[dimension as usize] = names.intern(text);
            }
        }
        if let (None, Some(dpd)) = (&said.bucket, said.dpd) {
            values.0[Dimension::Bucket as usize] = names.intern(bucket(preset, dpd));
        }
        values
    }

    /// Where this says nothing, what the account lends; it never lends an agent or a channel.
    #[must_use]
    pub fn completed_by(mut self, lent: &Self) -> Self {
        for (dimension, (own, lent)) in
            Dimension::ALL.into_iter().zip(self.0.iter_mut().zip(lent.0))
        {
            match dimension {
                Dimension::Agent | Dimension::Channel | Dimension::PaymentChannel => {}
                Dimension::Team
                | Dimension::Agency
                | Dimension::Campaign
                | Dimension::Strategy
                | Dimension::Product
                | Dimension::Tier
                | Dimension::RiskClass
                | Dimension::Bucket => *own = own.or(lent),
            }
        }
        self
    }
}

/// The bucket of a number of days past due (`docs/SEMANTICS.md` 34).
pub fn bucket(preset: Preset, dpd: i64) -> &'static str {
    let bounds: &[(i64, &'static str)] = match preset {
        Preset::Cn => &[
            (0, "M0"),
            (30, "M1"),
            (60, "M2"),
            (90, "M3"),
            (120, "M4"),
            (150, "M5"),
            (180, "M6"),
            (i64::MAX, "M6+"),
        ],
        Preset::Us => &[
            (0, "current"),
            (29, "1-29"),
            (59, "30-59"),
            (89, "60-89"),
            (119, "90-119"),
            (149, "120-149"),
            (179, "150-179"),
            (i64::MAX, "180+"),
        ],
        Preset::B2b => {
            &[(0, "current"), (30, "1-30"), (60, "31-60"), (90, "61-90"), (i64::MAX, "90+")]
        }
    };
    let found = bounds.iter().find(|&&(last, _)| dpd <= last);
    found.expect("the last bound is the greatest number").1
}

/// A set of dimensions to group by; the empty one is the whole.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct GroupingSet(pub Vec<Dimension>);

/// Why a text names no grouping set.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum NoGroupingSet {
    /// There is no dimension of this name.
    Unknown(String),
    /// It is named twice.
    Twice(Dimension),
}

impl GroupingSet {
    /// The name of the set without dimensions.
    pub const WHOLE: &str = "portfolio";

    /// From `portfolio`, or names with commas between: `team,bucket`.
    ///
    /// # Errors
    /// Says which part is no dimension, or is named twice.
    pub fn parse(text: &str) -> Result<Self, NoGroupingSet> {
        let mut set = Vec::new();
        if text == Self::WHOLE {
            return Ok(Self(set));
        }
        for part in text.split(',') {
            let dimension =
                Dimension::parse(part).ok_or_else(|| NoGroupingSet::Unknown(part.to_owned()))?;
            if set.contains(&dimension) {
                return Err(NoGroupingSet::Twice(dimension));
            }
            set.push(dimension);
        }
        Ok(Self(set))
    }

    /// Whether it groups by `dimension`.
    pub fn has(&self, dimension: Dimension) -> bool {
        self.0.contains(&dimension)
    }

    /// `agent×bucket`, whose many keys have the windows `now`, `today` and `month` alone.
    pub fn is_agent_by_bucket(&self) -> bool {
        self.0 == [Dimension::Agent, Dimension::Bucket]
    }
}

impl fmt::Display for GroupingSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0[..] {
            [] => f.write_str(Self::WHOLE),
            set => {
                let names: Vec<&str> = set.iter().map(|dimension| dimension.name()).collect();
                f.write_str(&names.join(","))
            }
        }
    }
}

/// An interned [`Values`].
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Stamp(pub u32);

/// A scope: a grouping set with a value for each of its dimensions, interned.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Key(pub u32);

/// What a [`Key`] stands for.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Scope {
    /// Which grouping set, by its place in the configuration.
    pub set: usize,
    /// One value for each of its dimensions.
    pub values: Vec<Name>,
}

/// All stamps and all scopes that have occurred.
#[derive(Clone, Debug)]
pub struct Stamps {
    sets: Vec<GroupingSet>,
    /// Dimensions that no set uses are dropped from every stamp.
    used: [bool; DIMENSIONS],
    ids: Lookup<Values, Stamp>,
    values: Vec<Values>,
    /// For each stamp its key in each set: `sets.len()` of them a stamp.
    keys: Vec<Key>,
    scope_ids: Lookup<Scope, Key>,
    scopes: Vec<Scope>,
}

impl Stamps {
    /// For these grouping sets.
    pub fn new(sets: Vec<GroupingSet>) -> Self {
        let used = Dimension::ALL.map(|dimension| sets.iter().any(|set| set.has(dimension)));
        Self {
            sets,
            used,
            ids: Lookup::default(),
            values: Vec::new(),
            keys: Vec::new(),
            scope_ids: Lookup::default(),
            scopes: Vec::new(),
        }
    }

    /// The grouping sets, in the order of the configuration.
    pub fn sets(&self) -> &[GroupingSet] {
        &self.sets
    }

    /// The stamp of these values.
    pub fn intern(&mut self, mut values: Values) -> Stamp {
        for (value, used) in values.0.iter_mut().zip(self.used) {
            if !used {
                *value = Name::UNKNOWN;
            }
        }
        if let Some(&stamp) = self.ids.get(&values) {
            return stamp;
        }
        let stamp = Stamp(u32::try_from(self.values.len()).expect("fewer than 2³² stamps"));
        self.ids.insert(values, stamp);
        self.values.push(values);
        for set in 0..self.sets.len() {
            let named = self.sets[set].0.iter().map(|&d| values.get(d).grouped()).collect();
            let key = self.key(Scope { set, values: named });
            self.keys.push(key);
        }
        stamp
    }

    fn key(&mut self, scope: Scope) -> Key {
        if let Some(&key) = self.scope_ids.get(&scope) {
            return key;
        }
        let key = Key(u32::try_from(self.scopes.len()).expect("fewer than 2³² scopes"));
        self.scopes.push(scope.clone());
        self.scope_ids.insert(scope, key);
        key
    }

    /// The keys of a stamp, one for each grouping set.
    pub fn keys(&self, stamp: Stamp) -> &[Key] {
        let sets = self.sets.len();
        &self.keys[stamp.0 as usize * sets..][..sets]
    }

    /// What a key stands for.
    pub fn scope(&self, key: Key) -> &Scope {
        &self.scopes[key.0 as usize]
    }

    /// The values of a stamp.
    pub fn values(&self, stamp: Stamp) -> Values {
        self.values[stamp.0 as usize]
    }

    /// How many scopes have occurred.
    pub fn scope_count(&self) -> usize {
        self.scopes.len()
    }

    /// All keys that have occurred, in the order in which rows are printed: by set, then by the
    /// texts of their values.
    pub fn sorted_keys(&self, names: &Names) -> Vec<Key> {
        let mut keys: Vec<Key> = (0..self.scopes.len())
            .map(|id| Key(u32::try_from(id).expect("fewer than 2³² scopes")))
            .collect();
        keys.sort_by_cached_key(|&key| {
            let scope = self.scope(key);
            let texts: Vec<&str> = scope.values.iter().map(|&name| names.text(name)).collect();
            (scope.set, texts)
        });
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_names_one_key_for_each_set() {
        let sets =
            ["portfolio", "agent", "team,bucket"].map(|s| GroupingSet::parse(s).expect("a set"));
        let (mut names, mut stamps) = (Names::default(), Stamps::new(sets.to_vec()));
        let a = Values::default().with(Dimension::Agent, names.intern("a"));
        let b = Values::default().with(Dimension::Agent, names.intern("b"));
        let (a, b) = (stamps.intern(a), stamps.intern(b));
        assert_eq!(stamps.keys(a)[0], stamps.keys(b)[0]);
        assert_ne!(stamps.keys(a)[1], stamps.keys(b)[1]);
        assert_eq!(stamps.keys(a)[2], stamps.keys(b)[2]);
        assert_eq!(stamps.intern(Values::default()), Stamp(2));
    }

    #[test]
    fn a_dimension_that_no_set_uses_makes_no_stamp() {
        let mut stamps = Stamps::new(vec![GroupingSet(Vec::new())]);
        let mut names = Names::default();
        let one = stamps.intern(Values::default().with(Dimension::Tier, names.intern("gold")));
        assert_eq!(one, stamps.intern(Values::default()));
    }

    #[test]
    fn buckets_are_disjoint() {
        assert_eq!(bucket(Preset::Cn, -3), "M0");
        assert_eq!(bucket(Preset::Cn, 30), "M1");
        assert_eq!(bucket(Preset::Cn, 181), "M6+");
        assert_eq!(bucket(Preset::Us, 30), "30-59");
        assert_eq!(bucket(Preset::B2b, 91), "90+");
    }

    #[test]
    fn a_grouping_set_is_written_as_it_is_read() {
        for text in ["portfolio", "agent", "team,bucket"] {
            assert_eq!(GroupingSet::parse(text).expect("a set").to_string(), text);
        }
    }

    #[test]
    fn a_wrong_grouping_set_names_the_part() {
        let wrong = |text| GroupingSet::parse(text).expect_err("no set");
        assert_eq!(wrong("team,bukket"), NoGroupingSet::Unknown("bukket".to_owned()));
        assert_eq!(wrong("portfolio,team"), NoGroupingSet::Unknown("portfolio".to_owned()));
        assert_eq!(wrong(""), NoGroupingSet::Unknown(String::new()));
        assert_eq!(wrong("team,team"), NoGroupingSet::Twice(Dimension::Team));
    }
}
