//! A group's mail alias, which it has even if it has no mail.

use crate::tf_provider::schema::Check;

/// What the directory takes.
pub(crate) fn check() -> Check {
    Check::text("ASCII text without spaces and `@()\\[]\";:<>,`", |text| {
        match text.chars().find(|c| !is_plain(*c)) {
            None => Ok(()),
            Some(c) => Err(format!("it contains `{c}`")),
        }
    })
}

/// A mail alias made from a name. It need not be unique for a group without mail; its end, which nobody else makes up, is
/// what a group is recognised by whose creation got no answer.
pub(crate) fn made_of(name: &str) -> String {
    let end: String = std::iter::repeat_with(fastrand::alphanumeric).take(8).collect();
    let plain: String = name.chars().filter(|c| is_plain(*c)).take(64 - 1 - end.len()).collect();
    format!("{}-{}", if plain.is_empty() { "group" } else { &plain }, end.to_lowercase())
}

fn is_plain(c: char) -> bool {
    c.is_ascii_graphic() && !"@()\\[]\";:<>,".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_made_of_what_is_allowed() {
        for (name, alias) in
            [("Contoso laptops", "Contosolaptops-"), ("Größe (A)", "GreA-"), ("日本", "group-")]
        {
            assert!(made_of(name).starts_with(alias), "{name}");
            assert_ne!(made_of(name), made_of(name));
        }
        assert_eq!(made_of(&"x".repeat(70)).len(), 64);
    }
}
