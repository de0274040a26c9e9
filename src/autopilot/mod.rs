//! The product: one file for each resource, data source and function.
