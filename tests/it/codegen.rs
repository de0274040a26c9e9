//! The wire types: `proto/` says what the protocol's descriptor tables say, and the committed Rust is what `proto/`
//! compiles to.
//!
//! `UPDATE=1 cargo test --test it codegen` rewrites the committed Rust.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use prost_types::FileDescriptorSet;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto};

const PROTOS: [&str; 3] = ["tfplugin6.proto", "plugin.proto", "health.proto"];

/// What the generator calls its files, and what we call them.
const GENERATED: [(&str, &str); 3] =
    [("tfplugin6.rs", "tfplugin6.rs"), ("plugin.rs", "plugin.rs"), ("grpc.health.v1.rs", "health.rs")];

#[test]
fn committed_rust_is_what_the_proto_files_compile_to() {
    let scratch = tempfile::tempdir().expect("a temporary directory");
    tonic_prost_build::configure()
        .out_dir(scratch.path())
        .emit_rerun_if_changed(false)
        .generate_default_stubs(true)
        .btree_map(".")
        // These two carry configuration and state: their Debug is written by hand and shows sizes only.
        .skip_debug([".tfplugin6.DynamicValue", ".tfplugin6.RawState"])
        .compile_fds(descriptors())
        .expect("proto files generate Rust");

    let committed = root().join("src/tf_provider/protocol/generated");
    for (theirs, ours) in GENERATED {
        let fresh = fs::read_to_string(scratch.path().join(theirs)).expect("a generated file");
        let path = committed.join(ours);
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, &fresh).expect("the committed file can be written");
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == fresh,
            "{ours} is not what proto/ compiles to: UPDATE=1 cargo test --test it codegen"
        );
    }
}

#[test]
fn proto_files_agree_with_the_descriptor_tables() {
    let mut known = BTreeSet::new();
    for (table, package_column) in [("tfplugin6-descriptor.csv", false), ("goplugin-descriptor.csv", true)] {
        let mut rows = csv::Reader::from_path(root().join("tests/facts").join(table)).expect("a table");
        for row in rows.deserialize::<std::collections::HashMap<String, String>>() {
            let row = row.expect("a row");
            let cell = |name: &str| row.get(name).map(String::as_str).unwrap_or("");
            let package = if package_column { cell("package") } else { "tfplugin6" };
            if !matches!(cell("record"), "file" | "import") {
                known.insert(Record {
                    package: package.to_owned(),
                    what: cell("record").to_owned(),
                    name: dotted(cell("parent"), cell("name")),
                    number: cell("number").parse().unwrap_or(0),
                    signature: match cell("record") {
                        "rpc" => [cell("request"), cell("response"), cell("streaming")].join(" "),
                        "field" => format!("{} {} {}", cell("label"), cell("type"), cell("deprecated")),
                        _ => String::new(),
                    },
                });
            }
        }
    }
    let written = records(&descriptors());
    let missing: Vec<_> = known.difference(&written).collect();
    let extra: Vec<_> = written.difference(&known).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "missing in proto/: {missing:#?}\nonly in proto/: {extra:#?}"
    );
    assert!(written.len() > 500, "the tables were read: {} known", written.len());
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

fn descriptors() -> FileDescriptorSet {
    protox::compile(PROTOS, [root().join("proto")]).expect("proto files compile")
}

/// One line of a descriptor table.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Record {
    package: String,
    what: String,
    name: String,
    number: i32,
    signature: String,
}

fn records(set: &FileDescriptorSet) -> BTreeSet<Record> {
    let mut walk = Walk { package: String::new(), records: BTreeSet::new() };
    for file in set.file.iter().filter(|file| !file.package().starts_with("google.")) {
        walk.package = file.package().to_owned();
        file.enum_type.iter().for_each(|kind| walk.enumeration("", kind));
        file.message_type.iter().for_each(|message| walk.message("", message));
        for service in &file.service {
            for method in &service.method {
                let streaming = match (method.client_streaming(), method.server_streaming()) {
                    (false, false) => "unary",
                    (true, false) => "client",
                    (false, true) => "server",
                    (true, true) => "bidi",
                };
                let signature =
                    [&walk.local(method.input_type()), &walk.local(method.output_type()), streaming]
                        .join(" ");
                walk.add("rpc", dotted(service.name(), method.name()), 0, signature);
            }
        }
    }
    walk.records
}

struct Walk {
    package: String,
    records: BTreeSet<Record>,
}

impl Walk {
    fn add(&mut self, what: &str, name: String, number: i32, signature: String) {
        let (package, what) = (self.package.clone(), what.to_owned());
        self.records.insert(Record { package, what, name, number, signature });
    }

    fn message(&mut self, parent: &str, message: &DescriptorProto) {
        let name = dotted(parent, message.name());
        self.add("message", name.clone(), 0, String::new());
        for field in &message.field {
            let deprecated =
                if field.options.as_ref().is_some_and(|options| options.deprecated()) { "1" } else { "" };
            let signature = format!("{} {deprecated}", self.label_and_type(message, field));
            self.add("field", dotted(&name, field.name()), field.number(), signature);
        }
        message.enum_type.iter().for_each(|kind| self.enumeration(&name, kind));
        let map_entry = |nested: &&DescriptorProto| nested.options.as_ref().is_some_and(|o| o.map_entry());
        message
            .nested_type
            .iter()
            .filter(|nested| !map_entry(nested))
            .for_each(|nested| self.message(&name, nested));
    }

    fn enumeration(&mut self, parent: &str, kind: &EnumDescriptorProto) {
        for value in &kind.value {
            let name = dotted(&dotted(parent, kind.name()), value.name());
            self.add("enum", name, value.number(), String::new());
        }
    }

    fn label_and_type(&self, message: &DescriptorProto, field: &FieldDescriptorProto) -> String {
        let kind = self.type_name(field);
        let entry = message.nested_type.iter().find(|nested| {
            nested.options.as_ref().is_some_and(|o| o.map_entry())
                && kind.rsplit('.').next() == Some(nested.name())
        });
        match (entry, field.label(), field.oneof_index) {
            (Some(entry), ..) => {
                format!("map map<{},{}>", self.type_name(&entry.field[0]), self.type_name(&entry.field[1]))
            }
            (None, Label::Repeated, _) => format!("repeated {kind}"),
            (None, _, _) if field.proto3_optional() => format!("optional {kind}"),
            (None, _, Some(index)) => format!("oneof {} {kind}", message.oneof_decl[index as usize].name()),
            (None, _, None) => format!("singular {kind}"),
        }
    }

    fn type_name(&self, field: &FieldDescriptorProto) -> String {
        match field.r#type() {
            Type::Message | Type::Enum => self.local(field.type_name()),
            scalar => scalar.as_str_name().trim_start_matches("TYPE_").to_lowercase(),
        }
    }

    fn local(&self, full: &str) -> String {
        let full = full.trim_start_matches('.');
        full.strip_prefix(&format!("{}.", self.package)).unwrap_or(full).to_owned()
    }
}

fn dotted(parent: &str, name: &str) -> String {
    if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") }
}
