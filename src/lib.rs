//! dunlin
pub mod engine;
