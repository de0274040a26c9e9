//! Rules that concern more than one attribute, each with the sentence that the manual prints.

use std::fmt;
use std::sync::Arc;

use super::check::Concerns;
use crate::tf_provider::diagnostics::Diagnostics;
use crate::tf_provider::path::Path;
use crate::tf_provider::value::Value;

/// A rule over a whole configuration, and the sentence that states it.
///
/// The configuration may hold unknown values anywhere; a rule says nothing about what it cannot know yet.
#[derive(Clone)]
pub struct Rule {
    sentence: String,
    test: Arc<Test>,
    concerns: Concerns,
}

type Test = dyn Fn(&Value, &mut Diagnostics) + Send + Sync;

impl Rule {
    /// A rule with its sentence and the function that reports every violation with its path.
    pub fn new(
        sentence: impl Into<String>,
        test: impl Fn(&Value, &mut Diagnostics) + Send + Sync + 'static,
    ) -> Self {
        Self { sentence: sentence.into(), test: Arc::new(test), concerns: Concerns::Written }
    }

    /// Objects that exist may be otherwise, so the rule is about what is to be set.
    #[must_use]
    pub fn of_changes(mut self) -> Self {
        self.concerns = Concerns::Changed;
        self
    }

    /// Which values the rule is about.
    pub fn concerns(&self) -> Concerns {
        self.concerns
    }

    /// What the configuration must satisfy, for the manual.
    pub fn sentence(&self) -> &str {
        &self.sentence
    }

    /// Reports every violation.
    pub fn run(&self, config: &Value, problems: &mut Diagnostics) {
        (self.test)(config, problems);
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rule").field(&self.sentence).finish()
    }
}

/// At most one of these attributes may be given.
pub fn at_most_one(names: &'static [&'static str]) -> Rule {
    Rule::new(format!("At most one of {} can be given.", listed(names)), move |config, problems| {
        let configured = configured(config, names);
        if configured.len() > 1 {
            problems.error_at(
                Path::from(configured[1]),
                "Arguments exclude each other",
                format!(
                    "Only one of {} can be given; this configuration gives {}. Remove one of them.",
                    listed(names),
                    listed(&configured)
                ),
            );
        }
    })
}

/// Exactly one of these attributes must be given.
pub fn exactly_one(names: &'static [&'static str]) -> Rule {
    let most = at_most_one(names);
    Rule::new(format!("Exactly one of {} must be given.", listed(names)), move |config, problems| {
        most.run(config, problems);
        if names.iter().all(|name| config.get(name).is_null()) {
            problems.error(
                "Argument missing",
                format!("One of {} must be given, and none is. Add the one that fits.", listed(names)),
            );
        }
    })
}

/// At least one of these attributes must be given.
pub fn at_least_one(names: &'static [&'static str]) -> Rule {
    Rule::new(format!("At least one of {} must be given.", listed(names)), move |config, problems| {
        if names.iter().all(|name| config.get(name).is_null()) {
            problems.error(
                "Argument missing",
                format!("At least one of {} must be given, and none is.", listed(names)),
            );
        }
    })
}

/// Whoever gives `name` must give `other` too.
pub fn requires(name: &'static str, other: &'static str) -> Rule {
    Rule::new(format!("`{name}` needs `{other}`."), move |config, problems| {
        if is_configured(config.get(name)) && config.get(other).is_null() {
            problems.error_at(
                Path::from(name),
                "Argument needs another",
                format!(
                    "`{name}` has an effect only together with `{other}`. Add `{other}`, or remove `{name}`."
                ),
            );
        }
    })
}

/// What a configuration may not say: `because` states why, for the manual too, and `instead` what to do about it.
///
/// Objects that exist may be so all the same; it is refused only where it is to be set.
pub fn refused(
    when: When,
    at: &'static str,
    title: &'static str,
    because: &'static str,
    instead: &'static str,
) -> Rule {
    Rule::new(because, move |config, problems| {
        if when.holds(config) {
            problems.error_at(Path::from(at), title, format!("{because} {instead}"));
        }
    })
    .of_changes()
}

/// A condition on attributes at the top level, of which all have to hold. What is unknown fulfils none.
#[derive(Clone)]
pub struct When(Vec<Arc<Condition>>);

type Condition = dyn Fn(&Value) -> bool + Send + Sync;

/// That an attribute is written with this value.
pub fn when(name: &'static str, value: impl Into<Value>) -> When {
    When(Vec::new()).and(name, value)
}

/// That an attribute is written at all.
pub fn when_given(name: &'static str) -> When {
    When(vec![Arc::new(move |config| is_configured(config.get(name)))])
}

impl When {
    /// And that an attribute is written with this value.
    #[must_use]
    pub fn and(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        let value = value.into();
        self.0.push(Arc::new(move |config| config.get(name) == &value));
        self
    }

    /// And that an attribute is written with another value, or not at all.
    #[must_use]
    pub fn unless(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        let value = value.into();
        self.0.push(Arc::new(move |config| {
            let written = config.get(name);
            !written.is_unknown() && written != &value
        }));
        self
    }

    fn holds(&self, config: &Value) -> bool {
        self.0.iter().all(|condition| condition(config))
    }
}

/// The names as a sentence lists them: `` `a`, `b` and `c` ``.
pub fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

fn configured<'a>(config: &Value, names: &[&'a str]) -> Vec<&'a str> {
    names.iter().copied().filter(|name| is_configured(config.get(name))).collect()
}

fn is_configured(value: &Value) -> bool {
    !value.is_null() && !value.is_unknown()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_combination_is_refused_once_all_of_it_is_known() {
        let rule = refused(when("a", "x").unless("b", "y"), "a", "No", "Because.", "Instead.");
        let table = [
            ("x".into(), Value::Null, 1),
            ("x".into(), "z".into(), 1),
            ("x".into(), "y".into(), 0),
            (Value::Null, "z".into(), 0),
            ("x".into(), Value::Unknown, 0),
            (Value::Unknown, Value::Null, 0),
        ];
        for (a, b, expected) in table {
            let config = Value::object([("a", a), ("b", b)]);
            let mut problems = Diagnostics::default();
            rule.run(&config, &mut problems);
            assert_eq!(problems.iter().count(), expected, "{}", config.reveal());
        }
        assert_eq!((rule.sentence(), rule.concerns()), ("Because.", Concerns::Changed));
    }
}
