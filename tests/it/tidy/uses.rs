//! Which file of `src/` uses which, read from the source: every path in it that leads to an item of ours, to the file that
//! defines the item. Tests in a file are no part of it; a `mod.rs` that only shows what its children define uses nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

/// A module by its names, from below the crate.
type Module = Vec<String>;

/// Which files each file uses.
pub(super) type Uses = BTreeMap<PathBuf, BTreeSet<PathBuf>>;

/// An import: its path, as written, and whether others see it too.
struct Import {
    path: Vec<String>,
    public: bool,
}

struct Contents {
    file: PathBuf,
    imports: BTreeMap<String, Import>,
    globs: Vec<Vec<String>>,
    /// The paths in its code.
    paths: Vec<Vec<String>>,
}

/// Which files use which, among these sources below `src/`.
pub(super) fn uses(sources: &[(PathBuf, String)]) -> Uses {
    let mut modules = BTreeMap::new();
    let mut for_tests = Vec::new();
    for (file, text) in sources {
        let (modules, for_tests) = (&mut modules, &mut for_tests);
        Reader { tokens: tokens(text), at: 0, file, modules, for_tests }.module(module_of(file));
    }
    modules.retain(|module, _| !for_tests.iter().any(|root| module.starts_with(root)));
    let mut uses = Uses::new();
    for (module, contents) in &modules {
        let used = uses.entry(contents.file.clone()).or_default();
        let named = |name: &String| contents.paths.iter().any(|path| path[0] == *name);
        let imported = contents.imports.iter().filter(|(name, import)| !import.public || named(name));
        let paths = imported.map(|(_, import)| &import.path).chain(&contents.globs).chain(&contents.paths);
        used.extend(paths.filter_map(|path| defined_in(&modules, module, path, 0)));
        used.remove(&contents.file);
    }
    uses
}

/// The files that use each other, by whatever detour: each circle once.
pub(super) fn circles(uses: &Uses) -> Vec<BTreeSet<&PathBuf>> {
    let reached: BTreeMap<_, _> = uses.keys().map(|file| (file, reached_from(uses, file))).collect();
    let circle = |file| reached[file].iter().copied().filter(|other| reached[other].contains(file)).collect();
    let all: BTreeSet<BTreeSet<_>> = uses.keys().map(circle).collect();
    all.into_iter().filter(|circle| !circle.is_empty()).collect()
}

fn reached_from<'a>(uses: &'a Uses, file: &PathBuf) -> BTreeSet<&'a PathBuf> {
    let mut reached = BTreeSet::new();
    let mut ahead: Vec<&PathBuf> = uses[file].iter().collect();
    while let Some(next) = ahead.pop() {
        if reached.insert(next) {
            ahead.extend(&uses[next]);
        }
    }
    reached
}

/// The file that defines what a path leads to; none if it is not ours, or a module as such.
fn defined_in(
    modules: &BTreeMap<Module, Contents>,
    within: &[String],
    path: &[String],
    depth: usize,
) -> Option<PathBuf> {
    let mut at = within.to_vec();
    for (position, name) in path.iter().enumerate() {
        match name.as_str() {
            "crate" if position == 0 => at.clear(),
            "self" => {}
            "super" => drop(at.pop()),
            _ => {
                at.push(name.clone());
                if modules.contains_key(&at) {
                    continue;
                }
                at.pop();
                let contents = modules.get(&at)?;
                let rest = &path[position + 1..];
                let elsewhere = contents.imports.get(name).filter(|_| depth < 16);
                return match elsewhere {
                    Some(import) => {
                        let whole: Vec<String> = import.path.iter().chain(rest).cloned().collect();
                        defined_in(modules, &at, &whole, depth + 1)
                    }
                    // The first name of a path is a crate, a local or of the prelude, unless it is imported.
                    None => (position > 0).then(|| contents.file.clone()),
                };
            }
        }
    }
    None
}

fn module_of(file: &Path) -> Module {
    let names = file.with_extension("");
    let names = names.components().filter_map(|part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    let mut module: Module = names.skip(1).map(str::to_owned).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        module.pop();
    }
    module
}

/// A source as words and signs; `::` is one sign. No comments, no literals.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let raw = ["r", "br"].into_iter().find_map(|prefix| {
            let after = rest.strip_prefix(prefix)?;
            let hashes = after.len() - after.trim_start_matches('#').len();
            after[hashes..]
                .starts_with('"')
                .then(|| (prefix.len() + hashes + 1, format!("\"{}", "#".repeat(hashes))))
        });
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some((start, end)) = raw {
            rest[start..].find(&end).map_or(rest.len(), |at| start + at + end.len())
        } else if first == '"' {
            quoted(rest, '"')
        } else if first == '\'' && (rest[1..].starts_with('\\') || rest.chars().nth(2) == Some('\'')) {
            quoted(rest, '\'')
        } else if word > 0 {
            tokens.push(rest[..word].to_owned());
            word
        } else if rest.starts_with("::") {
            tokens.push("::".to_owned());
            2
        } else {
            if !first.is_whitespace() {
                tokens.push(first.to_string());
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

/// How long the literal is that begins here.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

struct Reader<'a> {
    tokens: Vec<String>,
    at: usize,
    file: &'a Path,
    modules: &'a mut BTreeMap<Module, Contents>,
    for_tests: &'a mut Vec<Module>,
}

impl Reader<'_> {
    /// Reads a module until its brace closes, or the file ends.
    fn module(&mut self, module: Module) {
        let mut contents = Contents {
            file: self.file.to_owned(),
            imports: BTreeMap::new(),
            globs: Vec::new(),
            paths: Vec::new(),
        };
        let mut public = false;
        let mut depth = 0;
        while let Some(token) = self.next() {
            match token.as_str() {
                "{" => depth += 1,
                "}" if depth == 0 => break,
                "}" => depth -= 1,
                "#" if self.is_for_tests() => self.skip_item(&module),
                "#" => self.skip_brackets(),
                "pub" => {
                    public = true;
                    continue;
                }
                "mod" => {
                    let name = self.next().unwrap_or_default();
                    if self.next().is_some_and(|token| token == "{") {
                        self.module([module.clone(), vec![name]].concat());
                    }
                }
                "use" => self.import(&mut contents, Vec::new(), public),
                "(" if public => {
                    while self.next().is_some_and(|token| token != ")") {}
                    continue;
                }
                word if is_word(word) => {
                    let mut path = vec![token.clone()];
                    while self.peek(0) == "::" && is_word(self.peek(1)) {
                        path.push(self.peek(1).to_owned());
                        self.at += 2;
                    }
                    contents.paths.push(path);
                }
                _ => {}
            }
            public = false;
        }
        self.modules.insert(module, contents);
    }

    /// One tree of a `use`, up to and with what ends it.
    fn import(&mut self, contents: &mut Contents, mut path: Vec<String>, public: bool) {
        while let Some(token) = self.next() {
            match token.as_str() {
                "::" => {}
                "{" => {
                    while self.peek(0) != "}" && self.at < self.tokens.len() {
                        self.import(contents, path.clone(), public);
                    }
                    self.at += 1;
                    path.clear();
                }
                "*" => contents.globs.push(std::mem::take(&mut path)),
                "as" => {
                    let name = self.next().unwrap_or_default();
                    contents.imports.insert(name, Import { path: std::mem::take(&mut path), public });
                }
                "," | ";" => break,
                _ => path.push(token),
            }
            if self.peek(0) == "}" {
                break;
            }
        }
        if path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        if let Some(name) = path.last().cloned() {
            contents.imports.insert(name, Import { path, public });
        }
    }

    /// Whether the attribute that begins here is `#[cfg(test)]` or the like.
    fn is_for_tests(&self) -> bool {
        let attribute: String =
            self.tokens[self.at..].iter().take_while(|token| *token != "]").cloned().collect();
        attribute == "[cfg(test)" || attribute.starts_with("[cfg(all(test,")
    }

    /// Skips the item behind the attribute that begins here, with its other attributes.
    fn skip_item(&mut self, module: &[String]) {
        self.skip_brackets();
        while self.peek(0) == "#" {
            self.at += 1;
            self.skip_brackets();
        }
        let mut depth = 0;
        let mut before = String::new();
        while let Some(token) = self.next() {
            match token.as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ if before == "mod" => self.for_tests.push([module, std::slice::from_ref(&token)].concat()),
                _ => {}
            }
            if depth == 0 && matches!(token.as_str(), ";" | "}") {
                break;
            }
            before = token;
        }
    }

    fn skip_brackets(&mut self) {
        let mut depth = 0;
        while let Some(token) = self.next() {
            match token.as_str() {
                "[" => depth += 1,
                "]" => depth -= 1,
                _ => {}
            }
            if depth == 0 && token == "]" {
                break;
            }
        }
    }

    fn next(&mut self) -> Option<String> {
        self.at += 1;
        self.tokens.get(self.at - 1).cloned()
    }

    fn peek(&self, ahead: usize) -> &str {
        self.tokens.get(self.at + ahead).map_or("", String::as_str)
    }
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

#[test]
fn circles_are_seen_however_a_file_names_what_it_uses() {
    let sources = |sources: &[(&str, &str)]| -> Vec<(PathBuf, String)> {
        sources.iter().map(|(file, text)| (Path::new("src").join(file), (*text).to_owned())).collect()
    };
    let circle = |a: &str| {
        let b = "use super::a::A; pub struct B(A);";
        let root = "mod a; mod b; mod c; pub(crate) use self::b::B as Known;";
        let c = "use super::b::{self, B}; pub fn c() { b::b() }";
        let uses = uses(&sources(&[("r/mod.rs", root), ("r/a.rs", a), ("r/b.rs", b), ("r/c.rs", c)]));
        circles(&uses).iter().map(BTreeSet::len).collect::<Vec<_>>()
    };
    for a in [
        "use super::b::B;",
        "use super::b::B as Other;",
        "use crate::r::{b::{self, B}, c};",
        "use super::Known;",
        "use super::*; fn a(b: super::b::B) {}",
        "fn a<'a>(b: &'a str) -> crate::r::Known { '\\'' }",
        "mod inner { use super::super::b::B; }",
        "fn a() { r#\"\"\"#; super::b::b() } // x",
    ] {
        assert_eq!(circle(a), [2], "{a}");
    }
    assert_eq!(circle("fn a() { super::c::c() }"), [3]);
    for a in [
        "use std::b::B;",
        "// use super::b::B;",
        "const A: &str = \"super::b::B\";",
        "/* super::b::B */ use super::b;",
        "#[cfg(test)] mod tests { use super::super::b::B; }",
        "#[cfg(test)] #[allow(x)] use super::b::B;",
    ] {
        assert_eq!(circle(a), [0; 0], "{a}");
    }
}
