//! The suite (to come).
