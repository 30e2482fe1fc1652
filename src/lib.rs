//! dunlin
