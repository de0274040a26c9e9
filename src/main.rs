//! What to do when started: by Terraform, or by a person.
fn main() {}
