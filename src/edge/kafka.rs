//! Kafka: how records come in, and how outputs go out.
//!
//! [`client`] says how every client is set up, [`topics`] which topics there are, [`source`] reads
//! the inputs, [`partitioner`] checks that their producers agree, [`sink`] writes the outputs.
//! Nothing here knows what a record means.

pub mod client;
mod header;
pub mod partitioner;
pub mod sink;
pub mod source;
pub mod topics;
