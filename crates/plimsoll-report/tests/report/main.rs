//! The report, seen from outside.

#[cfg(feature = "json")]
mod json;
mod naive;
mod rules;
mod scene;
mod text;
