//! Names of resources, made from the names that administrators gave.

use std::collections::BTreeSet;

use hcl_edit::Ident;

/// Names that are given already, of resources of one type.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// A name that Terraform takes and nobody has yet. `noun` is for what begins with a digit, or has no letters at all.
    pub(super) fn give(&mut self, from: &str, noun: &str) -> String {
        let plain = plain(from);
        let begun = match plain.is_empty() {
            true => noun.to_owned(),
            false if is_name(&plain) => plain,
            false => format!("{noun}_{plain}"),
        };
        let numbered = (2..).map(|number| format!("{begun}_{number}"));
        let mut candidates = std::iter::once(begun.clone()).chain(numbered);
        let free = candidates.find(|name| !self.0.contains(name)).unwrap_or(begun);
        self.0.insert(free.clone());
        free
    }
}

/// Small letters of any script and digits, with an underscore for whatever is between them.
fn plain(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if c != '-' && is_name(&format!("a{c}")) {
            name.push(c);
        } else if !name.is_empty() {
            name.push('_');
        }
    }
    let words: Vec<&str> = name.split('_').filter(|word| !word.is_empty()).collect();
    let name = words.join("_");
    if name.chars().count() <= LONGEST {
        return name;
    }
    let cut: String = name.chars().take(LONGEST).collect();
    // Rather between two words than within one.
    match cut.rsplit_once('_') {
        Some((words, _)) if words.chars().count() > LONGEST / 2 => words.to_owned(),
        _ => cut.trim_end_matches('_').to_owned(),
    }
}

fn is_name(text: &str) -> bool {
    Ident::try_new(text).is_ok()
}

const LONGEST: usize = 60;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn named(texts: &[&str]) -> Vec<String> {
        let mut names = Names::default();
        texts.iter().map(|text| names.give(text, "profile")).collect()
    }

    #[test]
    fn a_name_is_what_people_say_in_terraforms_letters() {
        for (text, name) in [
            ("Contoso laptops", "contoso_laptops"),
            ("HQ – \"all\" (devices)", "hq_all_devices"),
            ("Größe München", "größe_münchen"),
            ("日本", "日本"),
            ("2024 refresh", "profile_2024_refresh"),
            ("Ⓐ ½ ☃", "profile"),
            ("", "profile"),
            ("_x_", "x"),
        ] {
            assert_eq!(named(&[text]), [name], "{text}");
        }
    }

    #[test]
    fn nobody_gets_a_name_twice() {
        assert_eq!(named(&["A", "a 2", "a", "A!"]), ["a", "a_2", "a_3", "a_4"]);
    }

    #[test]
    fn a_long_name_ends_with_a_word() {
        let name = &named(&[&"fleet of laptops ".repeat(12)])[0];
        assert!(name.len() <= LONGEST && name.ends_with("laptops_fleet_of"), "{name}");
        assert_eq!(named(&[&"x".repeat(200)]), ["x".repeat(LONGEST)]);
    }

    proptest! {
        #[test]
        fn whatever_is_given_a_name_gets_one_that_terraform_takes(text in ".{0,80}") {
            let name = &named(&[&text])[0];
            prop_assert!(is_name(name), "{name}");
        }
    }
}
