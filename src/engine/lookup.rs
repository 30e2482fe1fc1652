//! A hash map that cannot be iterated, with a fixed seed: fast, and the same on every run.

use std::hash::{BuildHasher, Hash};

use hashbrown::{Equivalent, HashMap};

#[derive(Clone, Copy, Debug, Default)]
struct FixedSeed;

impl BuildHasher for FixedSeed {
    type Hasher = <foldhash::fast::FixedState as BuildHasher>::Hasher;

    fn build_hasher(&self) -> Self::Hasher {
        foldhash::fast::FixedState::with_seed(0).build_hasher()
    }
}

/// From keys to small values; nothing asks for its order, because nothing can.
#[derive(Clone, Debug)]
pub struct Lookup<K, V>(HashMap<K, V, FixedSeed>);

impl<K, V> Default for Lookup<K, V> {
    fn default() -> Self {
        Self(HashMap::with_hasher(FixedSeed))
    }
}

impl<K: Eq + Hash, V> Lookup<K, V> {
    /// What is known of `key`.
    pub fn get<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<&V> {
        self.0.get(key)
    }

    /// What is known of `key`, to be changed.
    pub fn get_mut<Q: Hash + Equivalent<K> + ?Sized>(&mut self, key: &Q) -> Option<&mut V> {
        self.0.get_mut(key)
    }

    /// Replaces what was known of `key`.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.0.insert(key, value)
    }

    /// What is known of `key`, made where there was nothing.
    pub fn or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        self.0.entry(key).or_insert_with(make)
    }
}
