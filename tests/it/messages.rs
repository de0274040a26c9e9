//! Everything the product says to people, read from its source into one file to be read aloud, by who must act.
//!
//! `INSTA_UPDATE=always cargo test --test it messages` writes the file anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Expr, ExprCall, ExprMethodCall, ExprStruct, ItemFn, ItemMod, Lit, LitStr, Macro, Token,
};

#[test]
fn every_message_can_be_read_in_one_file() {
    let mut by_reader: BTreeMap<Reader, String> = BTreeMap::new();
    let mut count = 0;
    for room in ["autopilot", "cli", "graph", "tf_provider"] {
        for file in sources(&Path::new("src").join(room)) {
            let text = fs::read_to_string(&file).expect("a source file");
            let mut said = Said { place: Place::of(&file), ..Said::default() };
            said.visit_file(&syn::parse_file(&text).expect("Rust"));
            let mut of_file: BTreeMap<Reader, Vec<String>> = BTreeMap::new();
            count += said.messages.len();
            for (reader, message) in said.messages {
                of_file.entry(reader).or_default().push(message);
            }
            for (reader, messages) in of_file {
                let section = by_reader.entry(reader).or_default();
                let name = file.display().to_string().replace('\\', "/");
                let _ = writeln!(section, "### {name}\n\n{}\n", messages.join("\n\n"));
            }
        }
    }
    let mut text = String::new();
    for (reader, section) in &by_reader {
        let _ = writeln!(text, "## {}\n\n{section}", reader.heading());
    }
    assert!(count > 300, "only {count} messages were found: the reader has lost sight of them");
    insta::assert_snapshot!("messages", text.trim_end());
}

/// Who must act.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Reader {
    #[default]
    Author,
    SignIn,
    Administrator,
    Network,
    Person,
    Handler,
    Kind,
    Nobody,
    Maintainer,
}

impl Reader {
    fn heading(self) -> &'static str {
        match self {
            Self::Author => "Whoever writes and applies the configuration",
            Self::SignIn => "Whoever sets up the sign-in",
            Self::Administrator => "The tenant's administrator",
            Self::Network => "Whoever keeps the network",
            Self::Person => "Whoever runs a command of the program",
            Self::Handler => "Whoever hands out the laptop",
            Self::Kind => "By what Microsoft Graph answered",
            Self::Nobody => "Nobody: good to know",
            Self::Maintainer => "The maintainers",
        }
    }
}

/// Where in the product a file is, which says who must act where the call itself does not.
#[derive(Clone, Copy, Default)]
struct Place(Reader);

impl Place {
    fn of(file: &Path) -> Self {
        let path = file.display().to_string().replace('\\', "/");
        let is_in = |places: &[&str]| places.iter().any(|place| path.starts_with(&format!("src/{place}")));
        Self(match () {
            () if is_in(&["graph/signin", "autopilot/provider.rs"]) => Reader::SignIn,
            () if is_in(&["autopilot/access.rs", "autopilot/check_tenant", "graph/advice.rs"]) => {
                Reader::Administrator
            }
            () if is_in(&["autopilot/readiness"]) => Reader::Handler,
            () if is_in(&["graph"]) => Reader::Kind,
            () if is_in(&["cli"]) => Reader::Person,
            () => Reader::Author,
        })
    }
}

#[derive(Default)]
struct Said {
    place: Place,
    messages: Vec<(Reader, String)>,
}

impl Said {
    /// A message made by one call: its literals in order, the title first.
    fn made<'a>(&mut self, reader: Reader, parts: impl IntoIterator<Item = &'a Expr>) {
        let mut texts = Texts::default();
        parts.into_iter().for_each(|part| texts.visit_expr(part));
        let texts: Vec<String> = texts
            .0
            .into_iter()
            .filter(|text| text.contains(' ') && text.contains(char::is_alphabetic))
            .collect();
        if !texts.is_empty() {
            self.messages.push((reader, texts.join("\n")));
        }
    }
}

impl<'ast> Visit<'ast> for Said {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !is_for_tests(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        if !is_for_tests(&function.attrs) {
            visit::visit_item_fn(self, function);
        }
    }

    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        let Expr::Path(function) = &*call.func else { return visit::visit_expr_call(self, call) };
        let names: Vec<String> =
            function.path.segments.iter().rev().take(2).map(|one| one.ident.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let reader = match names[..] {
            ["bug", "Failure"] => Reader::Maintainer,
            ["unreachable", "Failure"] => Reader::Network,
            ["settings" | "refused", "Failure"] => Reader::SignIn,
            ["new" | "at", "Failure" | "Failed"] => self.place.0,
            ["Failed" | "Warning" | "Ok", "Found"] => Reader::Handler,
            // What schemas say stands in the manual.
            ["new", "Schema"] => return,
            ["new", "Rule"] => return call.args.iter().skip(1).for_each(|part| self.visit_expr(part)),
            _ if IN_THE_MANUAL.contains(&names[0]) => return,
            _ => return visit::visit_expr_call(self, call),
        };
        self.made(reader, &call.args);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        let reader = match call.method.to_string().as_str() {
            "error" | "error_at" => self.place.0,
            "warn" | "warning" | "warning_at" => Reader::Nobody,
            "expect" => return self.visit_expr(&call.receiver),
            _ => return visit::visit_expr_method_call(self, call),
        };
        self.visit_expr(&call.receiver);
        self.made(reader, &call.args);
    }

    fn visit_expr_struct(&mut self, made: &'ast ExprStruct) {
        match made.path.segments.last() {
            Some(name) if name.ident == "FunctionError" || name.ident == "Texts" => {
                self.made(self.place.0, made.fields.iter().map(|field| &field.expr));
            }
            _ => visit::visit_expr_struct(self, made),
        }
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        each_argument(called, |argument| <Self as Visit<'_>>::visit_expr(self, argument));
    }

    /// A sentence that stands alone becomes part of a message elsewhere.
    fn visit_lit_str(&mut self, literal: &'ast LitStr) {
        let text = literal.value();
        let is_sentence = text.trim_end().ends_with(['.', ':']) && text.split_whitespace().count() >= 4;
        if is_sentence {
            self.messages.push((self.place.0, text));
        }
    }
}

/// The literals of an expression, macros' too.
#[derive(Default)]
struct Texts(Vec<String>);

impl<'ast> Visit<'ast> for Texts {
    fn visit_lit_str(&mut self, literal: &'ast LitStr) {
        self.0.push(literal.value());
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        each_argument(called, |argument| <Self as Visit<'_>>::visit_expr(self, argument));
    }
}

/// Calls for each argument of a macro that makes text; others log, match or panic.
fn each_argument(called: &Macro, mut argument: impl FnMut(&Expr)) {
    let name = called.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
    if !["format", "format_args", "vec", "concat", "write", "writeln"].contains(&name.as_str()) {
        return;
    }
    if let Ok(arguments) = called.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated) {
        // What is filled in is no text of a message, unless it is an expression of its own.
        arguments
            .iter()
            .filter(|one| !matches!(one, Expr::Lit(one) if !matches!(one.lit, Lit::Str(_))))
            .for_each(&mut argument);
    }
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || (attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test")))
    })
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        match path.is_dir() {
            true if ["manual", "generated", "tests", "testdata", "data_sources_docs"]
                .contains(&name.as_str()) => {}
            true => found.extend(sources(&path)),
            false if name.ends_with(".rs") && name != "tests.rs" => found.push(path),
            false => {}
        }
    }
    found.sort();
    found
}

/// Makers of schemas, whose texts are the manual's.
const IN_THE_MANUAL: [&str; 14] = [
    "required",
    "optional",
    "computed",
    "default",
    "optional_computed",
    "block",
    "pick",
    "hardware_hash_wo",
    "text",
    "flag",
    "aside",
    "argument",
    "Schema",
    "new_schema",
];
