//! What a JavaScript heap of V8 holds: heap snapshots and running Node programs, as rows and holders for the report.
#![forbid(unsafe_code)]

pub mod live;
