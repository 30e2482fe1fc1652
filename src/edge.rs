//! The edge: thin. It turns the world into inputs and effects into the world, and decides nothing.

pub mod check;
pub mod clock;
pub mod kafka;
pub mod kpis;
pub mod replay;
pub mod run;
pub mod telemetry;
pub mod topics;
