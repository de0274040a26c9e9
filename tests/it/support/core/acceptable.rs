//! What a schema must be like for Terraform to take it, as pure functions over the reply.
//!
//! Core panics on some of these mistakes, refuses the whole provider for others, and swallows the rest.

use std::collections::BTreeSet;

use autopilot_provider::tf_provider::protocol::tfplugin6 as wire;
use autopilot_provider::tf_provider::protocol::tfplugin6::schema::nested_block::NestingMode as BlockNesting;
use autopilot_provider::tf_provider::protocol::tfplugin6::schema::object::NestingMode;
use autopilot_provider::tf_provider::protocol::tfplugin6::schema::{Attribute, Block};
use autopilot_provider::tf_provider::value::Type;

/// Everything wrong with a provider's schemas, each as a sentence that begins with its place. `provider` is the short
/// name that every type begins with.
pub(crate) fn schema_violations(reply: &wire::get_provider_schema::Response, provider: &str) -> Vec<String> {
    let mut found = Findings(Vec::new());
    match &reply.provider {
        Some(schema) => found.schema("provider", schema, &["alias", "version"]),
        None => found.add("provider", "has no schema"),
    }
    let types = reply.resource_schemas.iter().chain(&reply.data_source_schemas);
    for (name, schema) in types {
        if !name.starts_with(&format!("{provider}_")) {
            found.add(name, "does not begin with the provider's name");
        }
        found.name(name, name);
        found.schema(name, schema, &RESERVED);
    }
    for (name, schema) in &reply.list_resource_schemas {
        if !reply.resource_schemas.contains_key(name) {
            found.add(name, "is a list of no resource");
        }
        found.schema(&format!("list of {name}"), schema, &RESERVED);
        let attributes = schema.block.iter().flat_map(|block| &block.attributes);
        for computed in attributes.filter(|attribute| attribute.computed) {
            found.add(name, format!("has the result `{}` among the arguments of its list", computed.name));
        }
    }
    for (name, function) in &reply.functions {
        found.function(name, function);
    }
    found.0
}

/// Everything wrong with the identities of a provider's types.
pub(crate) fn identity_violations(
    reply: &wire::get_resource_identity_schemas::Response,
    provider: &wire::get_provider_schema::Response,
) -> Vec<String> {
    let mut found = Findings(Vec::new());
    for name in provider.list_resource_schemas.keys() {
        if !reply.identity_schemas.contains_key(name) {
            found.add(name, "is listed and has no identity");
        }
    }
    for (name, schema) in &reply.identity_schemas {
        if !provider.resource_schemas.contains_key(name) {
            found.add(name, "has an identity and is no resource");
        }
        if schema.identity_attributes.is_empty() || schema.version < 0 {
            found.add(name, "has an identity of nothing, or a negative version of it");
        }
        let mut names = BTreeSet::new();
        for attribute in &schema.identity_attributes {
            let place = format!("identity of {name}.{}", attribute.name);
            found.name(&place, &attribute.name);
            found.text(&place, &attribute.description, wire::StringKind::Markdown);
            if !names.insert(&attribute.name) {
                found.add(&place, "stands twice");
            }
            if attribute.required_for_import == attribute.optional_for_import {
                found.add(&place, "is neither required nor optional for an import, or both");
            }
            if !Type::from_json(&attribute.r#type).is_ok_and(|ty| is_simple(&ty)) {
                found.add(&place, "has a type that identities cannot have");
            }
        }
    }
    found.0
}

fn is_simple(ty: &Type) -> bool {
    match ty {
        Type::String | Type::Number | Type::Bool => true,
        Type::List(element) => matches!(**element, Type::String | Type::Number | Type::Bool),
        _ => false,
    }
}

const RESERVED: [&str; 7] =
    ["connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"];

struct Findings(Vec<String>);

impl Findings {
    fn add(&mut self, place: &str, problem: impl std::fmt::Display) {
        self.0.push(format!("{place}: {problem}"));
    }

    fn schema(&mut self, place: &str, schema: &wire::Schema, reserved: &[&str]) {
        if schema.version < 0 {
            self.add(place, "has a negative version");
        }
        let Some(block) = &schema.block else {
            return self.add(place, "has no block");
        };
        let attributes = block.attributes.iter().map(|attribute| attribute.name.as_str());
        for name in attributes.chain(block.block_types.iter().map(|block| block.type_name.as_str())) {
            if reserved.contains(&name) {
                self.add(place, format!("`{name}` is a name Terraform keeps for itself"));
            }
        }
        self.block(place, block, false);
    }

    fn block(&mut self, place: &str, block: &Block, in_set: bool) {
        self.text(place, &block.description, block.description_kind());
        self.deprecation(place, block.deprecated, &block.deprecation_message);
        let mut names = BTreeSet::new();
        self.attributes(place, &block.attributes, in_set);
        names.extend(block.attributes.iter().map(|attribute| attribute.name.clone()));
        for nested in &block.block_types {
            let place = format!("{place}.{}", nested.type_name);
            self.name(&place, &nested.type_name);
            if !names.insert(nested.type_name.clone()) {
                self.add(&place, "is the name of an attribute or another block too");
            }
            let (min, max) = (nested.min_items, nested.max_items);
            match nested.nesting() {
                BlockNesting::Invalid => self.add(&place, "has no nesting mode"),
                BlockNesting::Single if min != max || max > 1 => {
                    self.add(&place, "is a single block whose limits are not those of one");
                }
                BlockNesting::Group | BlockNesting::Map if (min, max) != (0, 0) => {
                    self.add(&place, "has limits where none are allowed");
                }
                BlockNesting::List | BlockNesting::Set if max != 0 && min > max || min < 0 => {
                    self.add(&place, "needs more blocks than it allows");
                }
                _ => {}
            }
            match &nested.block {
                Some(block) => self.block(&place, block, in_set || nested.nesting() == BlockNesting::Set),
                None => self.add(&place, "has no block"),
            }
        }
    }

    fn attributes(&mut self, place: &str, attributes: &[Attribute], in_set: bool) {
        let mut names = BTreeSet::new();
        for attribute in attributes {
            let place = format!("{place}.{}", attribute.name);
            if !names.insert(&attribute.name) {
                self.add(&place, "stands twice");
            }
            self.attribute(&place, attribute, in_set);
        }
    }

    fn attribute(&mut self, place: &str, attribute: &Attribute, in_set: bool) {
        self.name(place, &attribute.name);
        self.text(place, &attribute.description, attribute.description_kind());
        self.deprecation(place, attribute.deprecated, &attribute.deprecation_message);
        let Attribute { required, optional, computed, write_only, .. } = *attribute;
        if !(required || optional || computed) {
            self.add(place, "is neither required nor optional nor computed");
        }
        if required && (optional || computed) {
            self.add(place, "is required and something else");
        }
        if write_only && computed {
            self.add(place, "is write-only and computed");
        }
        if write_only && in_set {
            self.add(place, "is write-only inside a set");
        }
        match (&attribute.nested_type, attribute.r#type.is_empty()) {
            (Some(_), false) => self.add(place, "has a type and a nested type"),
            (None, true) => self.add(place, "has no type"),
            (None, false) => match Type::from_json(&attribute.r#type) {
                Err(error) => self.add(place, format!("has a type that cannot be read: {error}")),
                Ok(ty) if in_set && holds_dynamic(&ty) => self.add(place, "is dynamic inside a set"),
                Ok(_) => {}
            },
            (Some(nested), true) => {
                if nested.nesting() == NestingMode::Invalid {
                    self.add(place, "has no nesting mode");
                }
                self.attributes(place, &nested.attributes, in_set || nested.nesting() == NestingMode::Set);
            }
        }
    }

    fn function(&mut self, name: &str, function: &wire::Function) {
        let place = format!("{name}()");
        self.name(&place, name);
        self.text(&place, &function.description, function.description_kind());
        if function.summary.trim().is_empty() {
            self.add(&place, "has no summary");
        }
        match &function.r#return {
            None => self.add(&place, "returns nothing"),
            Some(returns) => {
                if let Err(error) = Type::from_json(&returns.r#type) {
                    self.add(&place, format!("returns a type that cannot be read: {error}"));
                }
            }
        }
        let mut names = BTreeSet::new();
        for parameter in function.parameters.iter().chain(&function.variadic_parameter) {
            let place = format!("{place}.{}", parameter.name);
            self.name(&place, &parameter.name);
            self.text(&place, &parameter.description, parameter.description_kind());
            if !names.insert(&parameter.name) {
                self.add(&place, "stands twice");
            }
            if let Err(error) = Type::from_json(&parameter.r#type) {
                self.add(&place, format!("has a type that cannot be read: {error}"));
            }
        }
    }

    fn name(&mut self, place: &str, name: &str) {
        let mut characters = name.chars();
        let begins = characters.next().is_some_and(|c| c.is_ascii_lowercase() || c == '_');
        if !begins || !characters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
            self.add(place, "is not a name Terraform takes");
        }
    }

    fn text(&mut self, place: &str, description: &str, kind: wire::StringKind) {
        if description.trim().is_empty() {
            self.add(place, "has no description");
        }
        if kind != wire::StringKind::Markdown {
            self.add(place, "has a description that is not Markdown");
        }
    }

    fn deprecation(&mut self, place: &str, deprecated: bool, message: &str) {
        if deprecated == message.is_empty() {
            self.add(place, "is deprecated without a message, or has a message without being deprecated");
        }
    }
}

fn holds_dynamic(ty: &Type) -> bool {
    match ty {
        Type::Dynamic => true,
        Type::List(element) | Type::Set(element) | Type::Map(element) => holds_dynamic(element),
        Type::Object(attributes) => attributes.values().any(holds_dynamic),
        Type::Tuple(elements) => elements.iter().any(holds_dynamic),
        Type::String | Type::Number | Type::Bool => false,
    }
}
