//! The report, seen from outside.

mod html;
#[cfg(feature = "json")]
mod json;
mod naive;
mod rules;
mod scene;
mod text;
