//! `dunlin run`: from the topics through the engine to the topics.

use std::fmt;
use std::time::Instant;

use tracing::{info, warn};

use crate::config::Config;
use crate::engine::rows::Window;
use crate::engine::time::Timestamp;
use crate::engine::{Effect, Engine, Input, Output, Record};

use super::clock;
use super::kafka::client::KafkaSettings;
use super::kafka::partitioner;
use super::kafka::sink::{Sink, SinkError};
use super::kafka::source::{Source, SourceError};

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Reading the inputs.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Writing the outputs.
    #[error(transparent)]
    Sink(#[from] SinkError),
}

/// What a run did.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Summary {
    /// Records read.
    pub records: u64,
    /// Records that are no events, are set aside or too late.
    pub rejected: u64,
    /// Those of them that an earlier run had sent to the dead letters.
    pub rejected_before: u64,
    /// Records published, the dead letters among them.
    pub published: u64,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { records, rejected, rejected_before, published } = self;
        write!(
            f,
            "{records} records read, {rejected} of them rejected ({rejected_before} already in the \
             dead letters), {published} records published"
        )
    }
}

/// `dunlin run --to-end`
pub fn to_end(config: &Config) -> anyhow::Result<()> {
    // It ends at the last event, whatever the clock on the wall says.
    let mut engine =
        Engine::new(config.settings(clock::seconds()), config.scopes.clone(), Timestamp::MAX);
    read_and_publish(&KafkaSettings::new(config)?, &mut engine)?;
    Ok(())
}

/// Reads every input topic up to the end it has now, publishes everything once, and is done.
///
/// Dead letters go out as they are met, the rest at the end. The offsets are committed last: if
/// anything fails before, the next run sends the same dead letters again rather than none.
pub fn read_and_publish(
    settings: &KafkaSettings,
    engine: &mut Engine,
) -> Result<Summary, RunError> {
    let started = Instant::now();
    let mut source = Source::open(settings)?;
    let mut sink = Sink::open(settings)?;
    let mut summary = Summary::default();
    let mut effects = Vec::new();
    source.read::<RunError>(|record| {
        summary.records += 1;
        let input = Record {
            topic: Some(record.topic),
            partition: record.partition,
            ce_type: record.ce_type,
            payload: record.payload,
        };
        engine.apply(Input::Record(input), &mut effects);
        for effect in effects.drain(..) {
            match effect {
                Effect::Reject(_) if record.committed => {
                    summary.rejected += 1;
                    summary.rejected_before += 1;
                }
                Effect::Reject(rejection) => {
                    summary.rejected += 1;
                    sink.dead_letter(record, &rejection)?;
                }
                Effect::Publish(output) => sink.publish(&output)?,
            }
        }
        Ok(())
    })?;
    info!(records = summary.records, seconds = started.elapsed().as_secs_f64(), "caught up");
    for warning in partitioner::warnings(source.agreements()) {
        warn!("{warning}");
    }

    // Every deadline up to the last event falls; then the rows speak of what was judged.
    engine.finish(&mut effects);
    for effect in effects.drain(..) {
        if let Effect::Publish(output) = effect {
            sink.publish(&output)?;
        }
    }
    let mut published = Ok(());
    let mut each = |output: Output| {
        if published.is_ok() {
            published = sink.publish(&output);
        }
    };
    engine.write_rows(&Window::ALL, &mut each);
    engine.write_closed(&Window::ALL, &mut each);
    published?;
    sink.flush()?;
    source.commit()?;
    summary.published = sink.published();
    info!(seconds = started.elapsed().as_secs_f64(), "done: {summary}");
    Ok(summary)
}
