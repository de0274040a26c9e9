//! The manual, in the layout of the Terraform Registry, from the same declarations that the provider is served from.
//!
//! What a declaration cannot say (what a type is for, how it behaves) is prose in files of its own, and examples are
//! files that Terraform runs; both are handed in. What a page must not get wrong (names, kinds, checks, defaults, what
//! replaces, which permissions) is never written by hand.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::function::{Function, Parameter};
use super::identity::{Identity, IdentitySchema};
use super::permission::Permission;
use super::provider::Provider;
use super::schema::{Attribute, AttributeKind, Mode, Schema, TIMEOUTS, sentences};
use super::server::readable;

/// Files that a page is completed with, by their path: prose (`manual/resource/NAME.md`), examples
/// (`examples/resources/TYPE/resource.tf`), and the headings of the Registry's sidebar (`manual/subcategories.txt`: a line
/// for each, with the names of types below it).
pub type Sources<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Every page of the manual that is made from declarations, by its path under `docs/`.
pub fn pages<P: Provider>(provider: &P, sources: Sources<'_>) -> BTreeMap<String, String> {
    let name = provider.name();
    let mut pages = BTreeMap::new();
    pages.insert("index.md".to_owned(), provider_page(name, &provider.schema(), sources));
    for resource in provider.resources() {
        let page = Page { provider: name, kind: "Resource", type_name: resource.name(), sources };
        let text = page.resource(&resource.schema(), &resource.permissions(), resource.identity());
        pages.insert(format!("resources/{}.md", page.short_name()), text);
    }
    for source in provider.data_sources() {
        let page = Page { provider: name, kind: "Data Source", type_name: source.name(), sources };
        let text = page.data_source(&source.schema(), &source.permissions());
        pages.insert(format!("data-sources/{}.md", page.short_name()), text);
    }
    for list in provider.list_resources() {
        let page = Page { provider: name, kind: "List Resource", type_name: list.name(), sources };
        let text = page.list_resource(&list.schema(), &list.permissions());
        pages.insert(format!("list-resources/{}.md", page.short_name()), text);
    }
    for action in provider.actions() {
        let page = Page { provider: name, kind: "Action", type_name: action.name(), sources };
        let text = page.action(&action.schema(), &action.permissions());
        pages.insert(format!("actions/{}.md", page.short_name()), text);
    }
    for function in provider.functions() {
        let page = Page { provider: name, kind: "Function", type_name: function.name(), sources };
        pages.insert(format!("functions/{}.md", function.name()), page.function(function.as_ref()));
    }
    pages
}

/// What every resource, data source and action needs, as one table.
pub fn permission_table<P: Provider>(provider: &P) -> String {
    let mut text = String::from("| Type | To | one of these, least first |\n|---|---|---|\n");
    let resources = provider.resources().into_iter().map(|r| (format!("`{}`", r.name()), r.permissions()));
    let data = provider.data_sources().into_iter().map(|d| (format!("data `{}`", d.name()), d.permissions()));
    let actions = provider.actions().into_iter().map(|a| (format!("action `{}`", a.name()), a.permissions()));
    for (name, permissions) in resources.chain(data).chain(actions) {
        for permission in permissions {
            let _ = writeln!(text, "| {name} | {} | {} |", purpose(&permission), quoted(permission.one_of));
        }
    }
    text
}

struct Page<'a> {
    provider: &'a str,
    kind: &'a str,
    type_name: &'a str,
    sources: Sources<'a>,
}

fn provider_page(name: &str, schema: &Schema, sources: Sources<'_>) -> String {
    let mut text = front_matter(&format!("{name} Provider"), schema.description, None);
    let _ = write!(text, "# {name} Provider\n\n{}\n", schema.description);
    section(&mut text, None, sources("manual/provider.md"));
    section(&mut text, Some("Example Usage"), sources("examples/provider/provider.tf").map(hcl));
    schema_section(&mut text, schema);
    text
}

impl Page<'_> {
    fn resource(&self, schema: &Schema, permissions: &[Permission], identity: Option<Identity>) -> String {
        let folder = format!("examples/resources/{}", self.type_name);
        let mut text = self.head(schema.description);
        section(&mut text, None, self.source(&format!("manual/resource/{}.md", self.short_name())));
        section(&mut text, Some("Example Usage"), self.source(&format!("{folder}/resource.tf")).map(hcl));
        permission_section(&mut text, permissions);
        schema_section(&mut text, schema);
        self.import_section(
            &mut text,
            &folder,
            identity.map(|identity| IdentitySchema::new(identity, schema)),
        );
        text
    }

    fn import_section(&self, text: &mut String, folder: &str, identity: Option<IdentitySchema>) {
        section(text, Some("Import"), self.source(&format!("{folder}/import.sh")).map(shell));
        let block = self.source(&format!("{folder}/import-by-string-id.tf")).map(hcl);
        section(text, None, block.map(|block| format!("In a configuration:\n\n{block}")));
        let Some(identity) = identity else { return };
        let block = self.source(&format!("{folder}/import-by-identity.tf")).map(hcl);
        let head = "By identity, with Terraform 1.12 or newer or OpenTofu 1.12 or newer:";
        section(text, None, block.map(|block| format!("{head}\n\n{block}")));
        let is_one_enough = identity.attributes().len() > 1;
        let which = if is_one_enough { "any one of these is enough" } else { "this is needed" };
        let _ = write!(text, "\n### Identity Schema\n\nTo import, {which}:\n\n");
        identity.attributes().iter().for_each(|attribute| line(text, attribute, "identity"));
    }

    fn action(&self, schema: &Schema, permissions: &[Permission]) -> String {
        let example = format!("examples/actions/{}/action.tf", self.type_name);
        let mut text = self.head(schema.description);
        let _ = write!(text, "\nActions need Terraform 1.14 or newer.\n");
        section(&mut text, None, self.source(&format!("manual/action/{}.md", self.short_name())));
        section(&mut text, Some("Example Usage"), self.source(&example).map(hcl));
        permission_section(&mut text, permissions);
        schema_section(&mut text, schema);
        text
    }

    fn data_source(&self, schema: &Schema, permissions: &[Permission]) -> String {
        let example = format!("examples/data-sources/{}/data-source.tf", self.type_name);
        let mut text = self.head(schema.description);
        section(&mut text, None, self.source(&format!("manual/data-source/{}.md", self.short_name())));
        section(&mut text, Some("Example Usage"), self.source(&example).map(hcl));
        permission_section(&mut text, permissions);
        schema_section(&mut text, schema);
        text
    }

    fn list_resource(&self, schema: &Schema, permissions: &[Permission]) -> String {
        let example = format!("examples/list-resources/{}/list-resource.tfquery.hcl", self.type_name);
        let mut text = self.head(schema.description);
        section(&mut text, None, self.source(&format!("manual/list-resource/{}.md", self.short_name())));
        section(&mut text, Some("Example Usage"), self.source(&example).map(hcl));
        permission_section(&mut text, permissions);
        match schema.attributes.is_empty() {
            true => text.push_str("\n## Schema\n\nThe block `config` has no arguments, and is left out.\n"),
            false => schema_section(&mut text, schema),
        }
        text
    }

    fn function(&self, function: &dyn Function) -> String {
        let signature = function.signature();
        let example = format!("examples/functions/{}/function.tf", self.type_name);
        let mut text = self.head(signature.summary);
        let _ = write!(text, "\n{}\n", signature.description);
        section(&mut text, None, self.source(&format!("manual/function/{}.md", self.type_name)));
        section(&mut text, Some("Example Usage"), self.source(&example).map(hcl));
        let all: Vec<&Parameter> = signature.parameters.iter().chain(signature.variadic.as_ref()).collect();
        let mut call: Vec<String> =
            signature.parameters.iter().map(|p| format!("{} {}", p.name, word(&p.kind))).collect();
        call.extend(signature.variadic.as_ref().map(|p| format!("{} {}...", p.name, word(&p.kind))));
        let returns = word(&signature.returns);
        let _ = write!(
            text,
            "\n## Signature\n\n```text\n{}({}) {returns}\n```\n",
            self.type_name,
            call.join(", ")
        );
        let _ = write!(text, "\n## Arguments\n\n");
        for (index, parameter) in all.iter().enumerate() {
            let variadic = if index >= signature.parameters.len() { ", Variadic" } else { "" };
            let null = if parameter.nullable { ", Nullable" } else { "" };
            let Parameter { name, kind, description, .. } = parameter;
            let _ = writeln!(text, "{}. `{name}` ({}{variadic}{null}) {description}", index + 1, word(kind));
        }
        if let Some(attributes) = signature.returns.nested() {
            let _ = write!(text, "\n## Result\n\n");
            attributes.iter().for_each(|attribute| line(&mut text, attribute, "result"));
            nested_sections(&mut text, attributes, "result");
        }
        text
    }

    fn head(&self, description: &str) -> String {
        let Self { provider, kind, type_name, .. } = self;
        let title = format!("{type_name} {kind} - {provider}");
        let lower = kind.to_lowercase();
        let title_kind = if lower == "resource" { "Resource" } else { kind };
        let mut text = front_matter(&title, description, Some(&self.subcategory()));
        let _ = write!(text, "# {type_name} ({title_kind})\n\n{description}\n");
        text
    }

    fn short_name(&self) -> &str {
        let prefix = format!("{}_", self.provider);
        self.type_name.strip_prefix(prefix.as_str()).unwrap_or(self.type_name)
    }

    /// The heading that the type is under; none for functions, which are few.
    fn subcategory(&self) -> String {
        let headings = self.source("manual/subcategories.txt").unwrap_or_default();
        let mut headings = headings.lines().filter_map(|line| line.split_once(": "));
        let is_below = |names: &str| names.split(' ').any(|name| name == self.short_name());
        headings.find(|(_, names)| is_below(names)).map(|(heading, _)| heading.to_owned()).unwrap_or_default()
    }

    fn source(&self, path: &str) -> Option<String> {
        (self.sources)(path)
    }
}

fn front_matter(title: &str, description: &str, subcategory: Option<&str>) -> String {
    let subcategory = subcategory.map(|name| format!("subcategory: \"{name}\"\n")).unwrap_or_default();
    format!("---\npage_title: \"{title}\"\n{subcategory}description: |-\n  {description}\n---\n\n")
}

fn section(text: &mut String, title: Option<&str>, body: Option<String>) {
    let Some(body) = body else { return };
    if let Some(title) = title {
        let _ = write!(text, "\n## {title}\n");
    }
    let _ = write!(text, "\n{}\n", body.trim());
}

fn hcl(code: String) -> String {
    format!("```terraform\n{}\n```", code.trim())
}

fn shell(code: String) -> String {
    format!("```shell\n{}\n```", code.trim())
}

fn permission_section(text: &mut String, permissions: &[Permission]) {
    if permissions.is_empty() {
        return;
    }
    let _ = write!(text, "\n## Permissions\n\n| To | one of these, least first |\n|---|---|\n");
    for permission in permissions {
        let _ = writeln!(text, "| {} | {} |", purpose(permission), quoted(permission.one_of));
    }
}

fn purpose(permission: &Permission) -> String {
    let only = if permission.person_only { " (signed-in person only)" } else { "" };
    format!("{}{only}", permission.purpose)
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn schema_section(text: &mut String, schema: &Schema) {
    let _ = write!(text, "\n## Schema\n");
    attribute_lists(text, &schema.attributes, "", schema.timeouts.is_some());
    if !schema.rules.is_empty() {
        let _ = write!(text, "\n### Rules\n\n");
        for rule in &schema.rules {
            let _ = writeln!(text, "- {}", rule.sentence());
        }
    }
    nested_sections(text, &schema.attributes, "");
    if let Some(timeouts) = schema.timeouts {
        let _ = write!(
            text,
            "\n<a id=\"nested--timeouts\"></a>\n### Nested Schema for `timeouts`\n\nOptional:\n\n"
        );
        for (operation, limit) in timeouts.named() {
            let limit = readable(limit);
            let _ =
                writeln!(text, "- `{operation}` (String) Deadline of {operation}. Defaults to `{limit}`.");
        }
    }
}

fn attribute_lists(text: &mut String, attributes: &[Attribute], path: &str, timeouts: bool) {
    type Belongs = fn(&Attribute) -> bool;
    let lists: [(&str, Belongs); 3] = [
        ("Required", |a| a.mode == Mode::Required),
        ("Optional", |a| matches!(a.mode, Mode::Optional | Mode::OptionalComputed)),
        ("Read-Only", |a| a.mode == Mode::Computed),
    ];
    for (title, belongs) in lists {
        let listed: Vec<&Attribute> = attributes.iter().filter(|a| belongs(a)).collect();
        let with_timeouts = timeouts && title == "Optional";
        if listed.is_empty() && !with_timeouts {
            continue;
        }
        let heading = if path.is_empty() { format!("### {title}") } else { format!("{title}:") };
        let _ = write!(text, "\n{heading}\n\n");
        listed.iter().for_each(|attribute| line(text, attribute, path));
        if with_timeouts {
            let _ = writeln!(
                text,
                "- `{TIMEOUTS}` (Block) Deadlines of the operations, such as `\"30m\"`. (see [below for nested \
                 schema](#nested--timeouts))"
            );
        }
    }
}

fn line(text: &mut String, attribute: &Attribute, path: &str) {
    let mut kind = word(&attribute.kind);
    if attribute.sensitive {
        kind.push_str(", Sensitive");
    }
    if attribute.write_only {
        kind.push_str(", Write-only");
    }
    if attribute.deprecated.is_some() {
        kind.push_str(", Deprecated");
    }
    let _ = write!(text, "- `{}` ({kind}) {}", attribute.name, sentences(attribute));
    if let Some(instead) = attribute.deprecated {
        let _ = write!(text, " **Deprecated:** {instead}");
    }
    if attribute.kind.nested().is_some() {
        let _ = write!(text, " (see [below for nested schema](#{}))", anchor(path, attribute.name));
    }
    text.push('\n');
}

fn nested_sections(text: &mut String, attributes: &[Attribute], path: &str) {
    for attribute in attributes {
        let Some(nested) = attribute.kind.nested() else {
            continue;
        };
        let inner =
            if path.is_empty() { attribute.name.to_owned() } else { format!("{path}.{}", attribute.name) };
        let _ = write!(
            text,
            "\n<a id=\"{}\"></a>\n### Nested Schema for `{inner}`\n",
            anchor(path, attribute.name)
        );
        attribute_lists(text, nested, &inner, false);
        nested_sections(text, nested, &inner);
    }
}

fn anchor(path: &str, name: &str) -> String {
    let path = if path.is_empty() { String::new() } else { format!("{}--", path.replace('.', "--")) };
    format!("nested--{path}{name}")
}

/// A kind as the Registry's pages write it.
fn word(kind: &AttributeKind) -> String {
    match kind {
        AttributeKind::Text | AttributeKind::Id(_) | AttributeKind::Choice(_) => "String".to_owned(),
        AttributeKind::Number | AttributeKind::Integer => "Number".to_owned(),
        AttributeKind::Boolean => "Boolean".to_owned(),
        AttributeKind::Object(_) => "Attributes".to_owned(),
        AttributeKind::List(k) if matches!(**k, AttributeKind::Object(_)) => "Attributes List".to_owned(),
        AttributeKind::Set(k) if matches!(**k, AttributeKind::Object(_)) => "Attributes Set".to_owned(),
        AttributeKind::Map(k) if matches!(**k, AttributeKind::Object(_)) => "Attributes Map".to_owned(),
        AttributeKind::List(k) => format!("List of {}", word(k)),
        AttributeKind::Set(k) => format!("Set of {}", word(k)),
        AttributeKind::Map(k) => format!("Map of {}", word(k)),
    }
}
