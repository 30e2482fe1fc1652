//! `dunlin topics`: creates what is missing, compares what is there.

use super::kafka::client::KafkaSettings;
use super::kafka::topics::{self, Missing};
use crate::cli::TopicsArgs;
use crate::config::Config;

/// Prints what was found, topic by topic.
pub fn run(config: &Config, args: &TopicsArgs) -> anyhow::Result<()> {
    let missing = if args.verify { Missing::Report } else { Missing::Create };
    let report = topics::create_or_verify(&KafkaSettings::new(config)?, missing)?;
    print!("{report}");
    anyhow::ensure!(!args.verify || report.is_clean(), "the topics are not as they should be");
    Ok(())
}
