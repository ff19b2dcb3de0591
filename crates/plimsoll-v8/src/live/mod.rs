//! Running Node programs, through their inspector.
