//! The Terraform side: values, wire protocol, schema, planning, serving. Knows nothing of Graph.

pub mod protocol;
