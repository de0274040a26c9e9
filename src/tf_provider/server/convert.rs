//! Between wire messages and our own values: the one place, with the server itself, that names generated types.

use std::collections::BTreeMap;

use crate::tf_provider::context::Private;
use crate::tf_provider::diagnostics::{Diagnostic, Diagnostics};
use crate::tf_provider::failure::Failure;
use crate::tf_provider::function::{Function, Parameter};
use crate::tf_provider::path::{Path, PathStep};
use crate::tf_provider::protocol::tfplugin6 as wire;
use crate::tf_provider::schema::{Attribute, AttributeKind, Block, Nesting, Schema};
use crate::tf_provider::value::{self, Type, Value};

/// Reads a value of this type. Absent or empty is null.
pub(super) fn value(dynamic: Option<wire::DynamicValue>, ty: &Type) -> Result<Value, Failure> {
    let Some(dynamic) = dynamic else {
        return Ok(Value::Null);
    };
    let decoded = if !dynamic.msgpack.is_empty() {
        value::msgpack::decode(&dynamic.msgpack, ty)
    } else if !dynamic.json.is_empty() {
        value::json::decode(&dynamic.json, ty, value::json::Surplus::Refuse)
    } else {
        return Ok(Value::Null);
    };
    decoded.map_err(|problem| {
        Failure::at(
            problem.path().clone(),
            "Value cannot be read",
            format!("Terraform sent a value that does not fit the schema: {problem}. Terraform and the provider \
                     disagree about the schema; check that both are released versions, and report this if they are."),
        )
    })
}

/// Writes a value of this type.
pub(super) fn dynamic(value: &Value, ty: &Type) -> Result<wire::DynamicValue, Failure> {
    value::msgpack::encode(value, ty)
        .map(|msgpack| wire::DynamicValue { msgpack, json: Vec::new() })
        .map_err(|problem| Failure::bug(format!("A result does not fit its schema: {problem}")))
}

/// Reads what is stored beside the state.
pub(super) fn private(bytes: &[u8]) -> Result<Private, Failure> {
    if bytes.is_empty() {
        return Ok(Private::new());
    }
    serde_json::from_slice(bytes).map_err(|problem| {
        Failure::new(
            "Private state cannot be read",
            format!("The data this provider stores beside the state of the resource is damaged: {problem}. Restore \
                     the state from a backup, or remove the resource from the state and import it again."),
        )
    })
}

/// Writes what is stored beside the state.
pub(super) fn private_bytes(private: &Private) -> Vec<u8> {
    if private.is_empty() { Vec::new() } else { serde_json::to_vec(private).unwrap_or_default() }
}

/// Writes diagnostics.
pub(super) fn diagnostics(all: Diagnostics) -> Vec<wire::Diagnostic> {
    all.into_iter().map(diagnostic).collect()
}

/// Writes paths.
pub(super) fn paths(all: &[Path]) -> Vec<wire::AttributePath> {
    all.iter().map(path).collect()
}

/// Writes a schema.
pub(super) fn schema(schema: &Schema) -> wire::Schema {
    wire::Schema {
        version: i64::from(schema.version),
        block: Some(wire::schema::Block {
            attributes: attributes(&schema.attributes),
            block_types: schema.all_blocks().iter().map(nested_block).collect(),
            description: schema.description.to_owned(),
            description_kind: wire::StringKind::Markdown as i32,
            deprecated: schema.deprecated.is_some(),
            deprecation_message: schema.deprecated.unwrap_or_default().to_owned(),
            ..Default::default()
        }),
    }
}

/// Writes the signatures of functions.
pub(super) fn functions(all: &[Box<dyn Function>]) -> BTreeMap<String, wire::Function> {
    all.iter().map(|function| (function.name().to_owned(), signature(function.as_ref()))).collect()
}

fn diagnostic(one: Diagnostic) -> wire::Diagnostic {
    let severity =
        if one.is_error() { wire::diagnostic::Severity::Error } else { wire::diagnostic::Severity::Warning };
    wire::Diagnostic {
        severity: severity as i32,
        attribute: one.path.as_ref().filter(|p| !p.before_sets().is_empty()).map(path),
        summary: one.summary,
        detail: one.detail,
    }
}

/// A path as the wire knows it: there is no step into a set, so it ends at the set.
fn path(path: &Path) -> wire::AttributePath {
    use wire::attribute_path::{Step as WireStep, step::Selector};
    let steps = path
        .before_sets()
        .iter()
        .filter_map(|step| match step {
            PathStep::Attribute(name) => Some(Selector::AttributeName(name.clone())),
            PathStep::Index(index) => {
                Some(Selector::ElementKeyInt(i64::try_from(*index).unwrap_or(i64::MAX)))
            }
            PathStep::Key(key) => Some(Selector::ElementKeyString(key.clone())),
            PathStep::SetElement(_) => None,
        })
        .map(|selector| WireStep { selector: Some(selector) })
        .collect();
    wire::AttributePath { steps }
}

fn attributes(all: &[Attribute]) -> Vec<wire::schema::Attribute> {
    all.iter().map(attribute).collect()
}

fn attribute(one: &Attribute) -> wire::schema::Attribute {
    use crate::tf_provider::schema::{Mode, sentences};
    let nested_type = nested_object(&one.kind);
    wire::schema::Attribute {
        name: one.name.to_owned(),
        r#type: if nested_type.is_some() { Vec::new() } else { one.kind.ty().to_json() },
        nested_type,
        description: sentences(one),
        required: one.mode == Mode::Required,
        optional: matches!(one.mode, Mode::Optional | Mode::OptionalComputed),
        computed: one.is_computed(),
        sensitive: one.sensitive,
        description_kind: wire::StringKind::Markdown as i32,
        deprecated: one.deprecated.is_some(),
        write_only: one.write_only,
        deprecation_message: one.deprecated.unwrap_or_default().to_owned(),
    }
}

fn nested_object(kind: &AttributeKind) -> Option<wire::schema::Object> {
    use wire::schema::object::NestingMode;
    let nesting = match kind {
        AttributeKind::Object(_) => NestingMode::Single,
        AttributeKind::List(_) => NestingMode::List,
        AttributeKind::Set(_) => NestingMode::Set,
        AttributeKind::Map(_) => NestingMode::Map,
        _ => return None,
    };
    let nested = kind.nested()?;
    Some(wire::schema::Object {
        attributes: attributes(nested),
        nesting: nesting as i32,
        ..Default::default()
    })
}

fn nested_block(block: &Block) -> wire::schema::NestedBlock {
    use wire::schema::nested_block::NestingMode;
    let (nesting, min, max) = match block.nesting {
        Nesting::Single => (NestingMode::Single, 0, 0),
        Nesting::List(min, max) => (NestingMode::List, min, max),
        Nesting::Set(min, max) => (NestingMode::Set, min, max),
    };
    wire::schema::NestedBlock {
        type_name: block.name.to_owned(),
        block: Some(wire::schema::Block {
            attributes: attributes(&block.attributes),
            description: block.description.to_owned(),
            description_kind: wire::StringKind::Markdown as i32,
            ..Default::default()
        }),
        nesting: nesting as i32,
        min_items: i64::from(min),
        max_items: i64::from(max),
    }
}

fn signature(function: &dyn Function) -> wire::Function {
    let signature = function.signature();
    wire::Function {
        parameters: signature.parameters.iter().map(parameter).collect(),
        variadic_parameter: signature.variadic.as_ref().map(parameter),
        r#return: Some(wire::function::Return { r#type: signature.returns.ty().to_json() }),
        summary: signature.summary.to_owned(),
        description: signature.description.to_owned(),
        description_kind: wire::StringKind::Markdown as i32,
        deprecation_message: String::new(),
    }
}

fn parameter(parameter: &Parameter) -> wire::function::Parameter {
    wire::function::Parameter {
        name: parameter.name.to_owned(),
        r#type: parameter.kind.ty().to_json(),
        allow_null_value: parameter.nullable,
        allow_unknown_values: false,
        description: parameter.description.to_owned(),
        description_kind: wire::StringKind::Markdown as i32,
    }
}
