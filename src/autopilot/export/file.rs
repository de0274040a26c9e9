//! What an export writes: `import` blocks.

use std::fmt;

use hcl_edit::expr::Expression;

use crate::graph::tame;

/// What a tenant has. Displayed, it is a file for Terraform.
#[derive(Debug)]
pub struct Exported {
    /// Its id, if the sign-in tells it.
    pub tenant: Option<String>,
    /// What can be imported, by type.
    pub imports: Vec<Import>,
    /// What cannot, and why.
    pub left_out: Vec<String>,
}

/// An object to import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// `autopilot_device_group`.
    pub type_name: &'static str,
    /// What the resource is to be called; of each type once.
    pub name: String,
    /// What to import.
    pub id: String,
    /// What people call it.
    pub about: String,
}

impl fmt::Display for Exported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenant = self.tenant.as_deref().unwrap_or("this sign-in's");
        writeln!(f, "# What the tenant {tenant} has. Terraform writes the configuration of it:")?;
        writeln!(f, "#")?;
        writeln!(f, "#   terraform plan -generate-config-out=generated.tf")?;
        for line in self.left_out.iter().flat_map(|text| text.lines()) {
            writeln!(f, "#\n# Left out: {}", tame(line))?;
        }
        for Import { type_name, name, id, about } in &self.imports {
            let id = Expression::from(id.as_str());
            writeln!(f, "\n# {}\nimport {{\n  to = {type_name}.{name}\n  id = {id}\n}}", tame(about))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exported(name: &str, id: &str, about: &str) -> String {
        let import = Import {
            type_name: "autopilot_device_fleet",
            name: name.to_owned(),
            id: id.to_owned(),
            about: about.to_owned(),
        };
        Exported { tenant: None, imports: vec![import], left_out: Vec::new() }.to_string()
    }

    #[test]
    fn what_people_call_a_thing_is_text_and_nothing_else() {
        let text = exported("hq", "tag:a\"b\\c${d}%{e}\n", "two\nlines");
        assert!(text.contains("\n# two lines\nimport {\n"), "{text}");
        assert!(text.contains(r#"  id = "tag:a\"b\\c$${d}%%{e}\n""#), "{text}");
    }
}
