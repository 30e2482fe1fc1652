//! The nearest name: what somebody who mistyped probably meant.

/// The name most like `name`, if one is like it: a misspelling, or the right key under a wrong
/// section.
pub(super) fn nearest<'a>(
    name: &str,
    names: impl IntoIterator<Item = &'a (impl AsRef<str> + ?Sized + 'a)>,
) -> Option<String> {
    let far = 1 + name.chars().count().div_ceil(4);
    names
        .into_iter()
        .map(AsRef::as_ref)
        .filter(|candidate| !candidate.ends_with('*'))
        .map(|candidate| (distance(name, candidate).min(misplaced(name, candidate)), candidate))
        .filter(|(distance, _)| *distance < far)
        .min()
        .map(|(_, candidate)| candidate.to_owned())
}

/// How far apart the keys are behind their sections, and one more; out of reach unless they are
/// nearly the same there.
fn misplaced(name: &str, candidate: &str) -> usize {
    let last = |key: &str| key.rsplit('.').next().unwrap_or(key).to_owned();
    let (name, candidate) = (last(name), last(candidate));
    match distance(&name, &candidate) {
        apart if apart <= name.chars().count() / 5 => apart + 1,
        _ => usize::MAX,
    }
}

/// Letters to insert, remove or replace on the way from one word to the other, ignoring case.
fn distance(from: &str, to: &str) -> usize {
    let from: Vec<char> = from.to_lowercase().chars().collect();
    let to: Vec<char> = to.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, letter) in from.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 3] = ["promises.grace_days", "reporting.timezone", "kafka.brokers"];

    #[test]
    fn a_misspelling_and_a_wrong_section_are_near() {
        assert_eq!(nearest("promises.grace_day", NAMES).as_deref(), Some("promises.grace_days"));
        assert_eq!(nearest("kafka.timezone", NAMES).as_deref(), Some("reporting.timezone"));
        assert_eq!(nearest("Kafka.Broker", NAMES).as_deref(), Some("kafka.brokers"));
    }

    #[test]
    fn another_word_is_not_near() {
        assert_eq!(nearest("colour", NAMES), None);
    }
}
