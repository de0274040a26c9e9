//! The in-memory provider that the protocol tests drive.
fn main() {}
