//! The product: one file for each resource, data source and function.

mod assignment;
mod mapping;
mod name_template;
mod tenant;
