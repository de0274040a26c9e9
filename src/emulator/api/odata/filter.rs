//! The `$filter` expression.

use super::expression::{Expr, Op};
use super::{Entity, QueryError, Schema, check, eval, parser};

/// A parsed and type-checked `$filter`.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    expression: Expr,
    schema: Schema,
}

impl Filter {
    /// Reads an expression about entities of that type. Every mistake is Graph's `BadRequest`, `Invalid filter clause: …`.
    pub(crate) fn parse(text: &str, schema: Schema) -> Result<Self, QueryError> {
        parser::parse(text)
            .and_then(|expression| check::boolean(&expression, schema).map(|()| Self { expression, schema }))
            .map_err(|why| QueryError::bad_request(format!("Invalid filter clause: {why}")))
    }

    /// Whether the entity passes.
    pub(crate) fn matches(&self, entity: &Entity) -> bool {
        eval::passes(&self.expression, entity, self.schema)
    }

    /// The operators the expression uses, each with the first segment of the property it is used on.
    pub(crate) fn uses(&self) -> Vec<(Op, Option<&str>)> {
        let mut found = Vec::new();
        self.expression.collect_uses(&mut found);
        found
    }

    /// The length of the longest chain of alternatives: `a or b or c` has three, `in` as many as its list.
    pub(crate) fn alternatives(&self) -> usize {
        self.expression.alternatives()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::api::odata::testing::DEVICES;
    use proptest::prelude::*;
    use serde_json::json;

    fn device() -> Entity {
        let device = json!({
            "@odata.type": "#microsoft.graph.device",
            "id": "11111111-1111-1111-1111-111111111111",
            "deviceId": "22222222-2222-2222-2222-222222222222",
            "displayName": "O'Neill's Laptop",
            "accountEnabled": true,
            "deviceVersion": 2,
            "createdDateTime": "2026-01-31T12:00:00Z",
            "trustType": "AzureAd",
            "ownerGuid": "33333333-3333-3333-3333-333333333333",
            "physicalIds": ["[ZTDID]:abc", "[OrderID]:Sales"],
            "assignedPlans": [{"service": "SCO", "capabilityStatus": "Enabled"}],
            "extensionAttributes": {"extensionAttribute1": "x"},
        });
        device.as_object().cloned().unwrap_or_default()
    }

    #[track_caller]
    fn check(table: &[(&str, bool)]) {
        for (text, expected) in table {
            let filter = Filter::parse(text, DEVICES).unwrap_or_else(|why| panic!("{text}: {why}"));
            assert_eq!(filter.matches(&device()), *expected, "{text}");
        }
    }

    #[test]
    fn comparisons_follow_odata() {
        check(&[
            ("displayName eq 'O''Neill''s Laptop'", true),
            ("displayname EQ 'o''neill''s laptop'", true),
            ("displayName ne 'x'", true),
            ("displayName eq null", false),
            ("displayName ne null", true),
            ("accountEnabled eq true", true),
            ("accountEnabled", true),
            ("not accountEnabled", false),
            ("accountEnabled ne false", true),
            ("deviceVersion gt 1", true),
            ("deviceVersion ge 2", true),
            ("deviceVersion lt 2", false),
            ("deviceVersion le 2.5", true),
            ("2 eq deviceVersion", true),
            ("createdDateTime ge 2026-01-31T12:00:00Z", true),
            ("createdDateTime gt 2026-01-31T13:00:00+01:00", false),
            ("createdDateTime lt 2026-02-01", true),
            ("trustType eq 'azuread'", true),
            ("ownerGuid eq 33333333-3333-3333-3333-333333333333", true),
            ("id in ('a', '11111111-1111-1111-1111-111111111111')", true),
            ("not (id in ('a'))", true),
            ("deviceVersion in (1, 2)", true),
        ]);
    }

    #[test]
    fn logic_and_grouping_follow_precedence() {
        check(&[
            ("accountEnabled eq false and displayName eq 'x' or deviceVersion eq 2", true),
            ("accountEnabled eq false and (displayName eq 'x' or deviceVersion eq 2)", false),
            ("not (accountEnabled eq false) and deviceVersion eq 2", true),
            ("NOT startswith(displayName,'x') AND deviceVersion eq 2", true),
            ("((deviceVersion eq 2))", true),
        ]);
    }

    #[test]
    fn functions_lambdas_and_paths_work() {
        check(&[
            ("startswith(displayName,'o''n')", true),
            ("endsWith(displayName, 'TOP')", true),
            ("contains(displayName,'zzz')", false),
            ("startswith(displayName,'O') eq true", true),
            ("tolower(displayName) eq 'o''neill''s laptop'", true),
            ("physicalIds/any(p:startswith(p,'[ZTDID]'))", true),
            ("physicalIds/any(p:p eq '[OrderID]:sales')", true),
            ("physicalIds/any(p:startswith(p,'[GID]'))", false),
            ("physicalIds/all(p:startswith(p,'['))", true),
            ("physicalIds/any()", true),
            ("physicalIds/$count eq 2", true),
            ("assignedPlans/any(a:a/service eq 'SCO' and a/capabilityStatus eq 'Enabled')", true),
            ("assignedPlans/any(a:a/service eq 'X')", false),
            ("extensionAttributes/extensionAttribute1 eq 'x'", true),
            ("extensionAttributes/extensionAttribute2 eq null", true),
            ("isof('microsoft.graph.device')", true),
            ("isof('microsoft.graph.group')", false),
        ]);
    }

    #[test]
    fn mistakes_are_reported_in_odatas_words() {
        for (text, expected) in [
            (
                "displayName eq 'x",
                "Invalid filter clause: There is an unterminated string literal at position 17 in 'displayName eq 'x'.",
            ),
            (
                "deviceVersion ge 1 , accountEnabled eq true",
                "Invalid filter clause: Syntax error at position 20 in 'deviceVersion ge 1 , accountEnabled eq true'.",
            ),
            (
                "nothing eq 1",
                "Invalid filter clause: Could not find a property named 'nothing' on type 'microsoft.graph.device'.",
            ),
            (
                "accountEnabled eq 'true'",
                "Invalid filter clause: A binary operator with incompatible types was detected. Found operand types \
                 'Edm.Boolean' and 'Edm.String' for operator kind 'Equal'.",
            ),
            (
                "id eq 11111111-1111-1111-1111-111111111111",
                "Invalid filter clause: A binary operator with incompatible types was detected. Found operand types \
                 'Edm.String' and 'Edm.Guid' for operator kind 'Equal'.",
            ),
            (
                "displayName",
                "Invalid filter clause: The $filter expression must evaluate to a single boolean value.",
            ),
            (
                "displayName eq",
                "Invalid filter clause: Expression expected at position 14 in 'displayName eq'.",
            ),
            (
                "createdDateTime ge 2026-01-31T12:00:00",
                "Invalid filter clause: The DateTimeOffset text '2026-01-31T12:00:00' should be in format \
                 'yyyy-mm-ddThh:mm:ss('.'s+)?(zzzzzz)?' and each field value is within valid range.",
            ),
        ] {
            let refusal = Filter::parse(text, DEVICES).expect_err(text);
            assert_eq!((refusal.code, refusal.message.as_str()), ("BadRequest", expected));
        }
        for text in [
            "",
            "(",
            "eq",
            "a b",
            "not",
            "x(",
            "foo(displayName)",
            "id in ()",
            "id in (",
            "physicalIds/any(p",
            "%",
        ] {
            assert!(Filter::parse(text, DEVICES).is_err(), "{text} was accepted");
        }
    }

    #[test]
    fn names_the_operators_it_uses() {
        let filter = Filter::parse(
            "not (displayName eq 'a' or id in ('1','2','3')) and physicalIds/any(p:p eq 'x')",
            DEVICES,
        );
        let filter = filter.expect("it is well formed");
        assert_eq!(
            filter.uses(),
            [
                (Op::Not, None),
                (Op::Eq, Some("displayName")),
                (Op::In, Some("id")),
                (Op::Any, Some("physicalIds")),
                (Op::Eq, Some("physicalIds")),
            ]
        );
        assert_eq!(filter.alternatives(), 4);
    }

    #[test]
    fn deep_and_long_expressions_do_not_exhaust_the_stack() {
        let deep = format!("{}accountEnabled{}", "(".repeat(50_000), ")".repeat(50_000));
        assert!(Filter::parse(&deep, DEVICES).is_err());
        let negated = format!("{} accountEnabled", "not ".repeat(50_001));
        assert!(!Filter::parse(&negated, DEVICES).expect("well formed").matches(&device()));
        let long = vec!["deviceVersion eq 1"; 20_000].join(" or ");
        assert!(!Filter::parse(&long, DEVICES).expect("well formed").matches(&device()));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,60}") {
            if let Ok(filter) = Filter::parse(&text, DEVICES) {
                filter.matches(&device());
            }
        }

        #[test]
        fn no_row_of_tokens_makes_it_panic(words in proptest::collection::vec(prop_oneof![
            Just("displayName"), Just("physicalIds"), Just("eq"), Just("ne"), Just("gt"), Just("and"), Just("or"),
            Just("not"), Just("in"), Just("("), Just(")"), Just(","), Just("/"), Just(":"), Just("any"), Just("all"),
            Just("p"), Just("'x'"), Just("null"), Just("1"), Just("true"), Just("$count"), Just("startswith"),
            Just("isof"), Just("assignedPlans"), Just("deviceVersion"), Just("2026-01-01"),
        ], 0..24)) {
            let text = words.join(" ");
            if let Ok(filter) = Filter::parse(&text, DEVICES) {
                filter.matches(&device());
                filter.uses();
                filter.alternatives();
            }
        }
    }
}
