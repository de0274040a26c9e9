//! The planning order, as tables.

use super::*;
use crate::tf_provider::schema::{
    Block, boolean, computed, default, integer, map_of, optional_computed, required, text,
};

/// A plan for these attributes: what is planned, and what asks for replacement.
fn planned(
    attributes: impl IntoIterator<Item = Attribute>,
    prior: &Value,
    config: &Value,
) -> (Value, Vec<String>) {
    let plan = plan(&Schema::new("A thing.").attributes(attributes), prior.clone(), config.clone());
    (plan.planned, plan.replace.iter().map(ToString::to_string).collect())
}

fn o<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::object(fields)
}

fn name() -> Attribute {
    required("name", text(), "Its name.")
}

#[test]
fn a_new_object_has_what_is_written_the_defaults_and_unknowns() {
    let attributes = [
        name(),
        optional("note", text(), "A note."),
        optional("secret", text(), "A secret.").write_only(),
        default("color", text(), "red", "A color."),
        computed("id", text(), "An id.").keep_prior(),
        optional_computed("owner", text(), "An owner."),
    ];
    let config = o([("name", "n".into()), ("secret", "s".into())]);
    let (planned, replace) = planned(attributes, &Value::Null, &config);
    assert_eq!(
        planned.reveal(),
        r#"{color = "red", id = unknown, name = "n", note = null, owner = unknown, secret = null}"#
    );
    assert_eq!(replace, Vec::<String>::new());
}

#[test]
fn each_attribute_is_planned_by_its_own_rules() {
    use Value::{Null, Unknown};
    let upper = |text: &str| Value::from(text);
    // (attribute, prior, written, planned when nothing else changes, planned when `name` changes)
    let table: Vec<(Attribute, Value, Value, Value, Value)> = vec![
        (optional("a", text(), "A."), upper("x"), Null, Null, Null),
        (optional("a", text(), "A."), upper("x"), upper("y"), upper("y"), upper("y")),
        (optional("a", text(), "A."), upper("x"), Unknown, Unknown, Unknown),
        (optional("a", text(), "A."), upper("x"), upper("X"), upper("X"), upper("X")),
        (optional("a", text(), "A.").ignore_case(), upper("x"), upper("X"), upper("x"), upper("x")),
        (optional("a", text(), "A.").ignore_case(), upper("x"), Unknown, Unknown, Unknown),
        (optional("a", text(), "A."), Null, upper(""), upper(""), upper("")),
        (optional("a", text(), "A."), upper(""), Null, Null, Null),
        (optional("a", text(), "A.").write_only(), Null, upper("y"), Null, Null),
        (default("a", text(), "d", "A."), upper("x"), Null, upper("d"), upper("d")),
        (default("a", text(), "d", "A.").ignore_case(), upper("D"), Null, upper("D"), upper("D")),
        (default("a", text(), "d", "A."), upper("d"), upper("y"), upper("y"), upper("y")),
        (computed("a", text(), "A."), upper("x"), Null, upper("x"), Unknown),
        (computed("a", text(), "A."), Null, Null, Null, Unknown),
        (computed("a", text(), "A.").keep_prior(), upper("x"), Null, upper("x"), upper("x")),
        (computed("a", text(), "A.").keep_prior(), Null, Null, Null, Null),
        (computed("a", text(), "A.").keep_unless(&["b"]), upper("x"), Null, upper("x"), upper("x")),
        (computed("a", text(), "A.").keep_unless(&["name"]), upper("x"), Null, upper("x"), Unknown),
        (optional_computed("a", text(), "A."), upper("x"), Null, upper("x"), Unknown),
        (optional_computed("a", text(), "A.").keep_prior(), upper("x"), Null, upper("x"), upper("x")),
        (optional_computed("a", text(), "A."), upper("x"), upper("y"), upper("y"), upper("y")),
        (
            optional("a", set_of(text()), "A.").ignore_case(),
            Value::set(["x".into(), "y".into()]),
            Value::set(["Y".into(), "X".into()]),
            Value::set(["x".into(), "y".into()]),
            Value::set(["x".into(), "y".into()]),
        ),
    ];
    for (row, (attribute, before, written, alone, together)) in table.into_iter().enumerate() {
        let prior = o([("name", "n".into()), ("a", before)]);
        for (name_now, expected) in [("n", &alone), ("m", &together)] {
            let config = o([("name", name_now.into()), ("a", written.clone())]);
            let (planned, _) = planned([name(), attribute.clone()], &prior, &config);
            assert_eq!(planned.get("a").reveal(), expected.reveal(), "row {row}, name {name_now}");
        }
    }
}

#[test]
fn a_settled_object_is_planned_as_it_is() {
    let attributes = || {
        [
            name(),
            computed("seen", integer(), "How often."),
            optional_computed(
                "parts",
                object([optional("a", text(), "A."), computed("b", text(), "B.")]),
                "Parts.",
            ),
        ]
    };
    // Terraform proposes null for `parts`, because only a user can have given `a`; the provider gave it here.
    let parts = o([("a", "x".into()), ("b", "y".into())]);
    let prior = o([("name", "n".into()), ("seen", 1.into()), ("parts", parts)]);
    assert_eq!(planned(attributes(), &prior, &o([("name", "n".into())])).0, prior);
}

#[test]
fn what_depends_on_a_dependent_value_follows_it() {
    let attributes = || {
        [
            computed("third", text(), "C.").keep_unless(&["second"]),
            computed("second", text(), "B.").keep_unless(&["name"]),
            computed("other", text(), "D.").keep_unless(&["size"]),
            name(),
            optional("size", integer(), "Its size."),
        ]
    };
    let prior = o([
        ("name", "n".into()),
        ("second", "s".into()),
        ("third", "t".into()),
        ("other", "o".into()),
        ("size", Value::Null),
    ]);
    let (renamed, _) = planned(attributes(), &prior, &o([("name", "m".into())]));
    assert!(renamed.get("second").is_unknown() && renamed.get("third").is_unknown());
    assert_eq!(renamed.get("other"), &"o".into());
    let (resized, _) = planned(attributes(), &prior, &o([("name", "n".into()), ("size", 2.into())]));
    assert!(resized.get("other").is_unknown());
    assert_eq!((resized.get("second"), resized.get("third")), (&"s".into(), &"t".into()));
}

#[test]
fn nested_objects_are_merged_with_what_they_were() {
    let element = || {
        object([
            required("kind", text(), "Kind."),
            default("weight", integer(), 10, "Weight."),
            computed("id", text(), "Id.").keep_prior(),
            computed("stamp", text(), "Stamp.").keep_unless(&["name"]),
        ])
    };
    let was = |kind: &str, weight: i64, id: &str| {
        o([("kind", kind.into()), ("weight", weight.into()), ("id", id.into()), ("stamp", "s".into())])
    };
    let wants = |kind: &str, weight: Option<i64>| o([("kind", kind.into()), ("weight", weight.into())]);
    let new = |kind: &str, weight: i64| {
        o([
            ("kind", kind.into()),
            ("weight", weight.into()),
            ("id", Value::Unknown),
            ("stamp", Value::Unknown),
        ])
    };
    let list = optional("a", list_of(element()), "A.");
    let map = optional("a", map_of(element()), "A.");
    let set = optional("a", set_of(element()), "A.");
    let table = [
        (
            list,
            Value::list([was("x", 10, "1"), was("y", 3, "2")]),
            Value::list([wants("x", None), wants("y", Some(4)), wants("z", None)]),
            Value::list([was("x", 10, "1"), was("y", 4, "2"), new("z", 10)]),
        ),
        (
            map,
            Value::map([("p", was("x", 10, "1")), ("q", was("y", 3, "2"))]),
            Value::map([("q", wants("y", Some(3))), ("r", wants("z", Some(1)))]),
            Value::map([("q", was("y", 3, "2")), ("r", new("z", 1))]),
        ),
        (
            // The element that leaves its weight to the default must not take the place of the one that does not.
            set.clone(),
            Value::set([was("x", 10, "1"), was("x", 3, "2")]),
            Value::set([wants("x", None), wants("x", Some(3)), wants("x", Some(4))]),
            Value::set([was("x", 10, "1"), was("x", 3, "2"), new("x", 4)]),
        ),
        (set, Value::Null, Value::Unknown, Value::Unknown),
    ];
    for (attribute, before, written, expected) in table {
        let prior = o([("name", "n".into()), ("a", before)]);
        let config = o([("name", "n".into()), ("a", written)]);
        let (planned, _) = planned([name(), attribute], &prior, &config);
        assert_eq!(planned.get("a").reveal(), expected.reveal());
    }
}

#[test]
fn no_two_elements_of_a_set_are_taken_for_the_same_prior_one() {
    let element = object([
        required("kind", text(), "Kind."),
        optional_computed("owner", text(), "Owner.").keep_prior(),
    ]);
    let was = o([("kind", "x".into()), ("owner", "me".into())]);
    let open = o([("kind", "x".into()), ("owner", Value::Null)]);
    let prior = o([("a", Value::set([was.clone()]))]);
    let config = o([("a", Value::set([open, was.clone()]))]);
    let (planned, _) = planned([optional("a", set_of(element), "A.")], &prior, &config);
    let new = o([("kind", "x".into()), ("owner", Value::Unknown)]);
    assert_eq!(planned.get("a"), &Value::set([was, new]));
}

#[test]
fn repeated_blocks_are_never_null_and_stay_unknown_as_a_whole() {
    let block = |nesting, block_name| Block {
        name: block_name,
        description: "A block.",
        nesting,
        attributes: vec![optional("a", text(), "A."), computed("b", text(), "B.").keep_prior()],
    };
    let schema = Schema::new("A thing.")
        .block(block(Nesting::List(0, 0), "lines"))
        .block(block(Nesting::Set(0, 0), "marks"))
        .block(block(Nesting::Single, "cover"));
    let config = o([("lines", Value::Unknown), ("marks", Value::set([])), ("cover", Value::Null)]);
    let plan = plan(&schema, Value::Null, config.clone());
    assert_eq!(plan.planned, config);
}

#[test]
fn a_change_that_needs_a_new_object_says_where() {
    let inner =
        || object([required("kind", text(), "Kind.").replace_on_change(), optional("note", text(), "Note.")]);
    let thing = |kind: &str, note: &str| o([("kind", kind.into()), ("note", note.into())]);
    let plain = || optional("a", text(), "A.").replace_on_change();
    let lowered =
        || optional("a", integer(), "A.").replace_when("lowered", |was, will| was.as_i64() > will.as_i64());
    let object = || optional("a", inner(), "A.");
    let list = || optional("a", list_of(inner()), "A.");
    let map = || optional("a", map_of(inner()), "A.");
    let set = || optional("a", set_of(inner()), "A.");
    let table: Vec<(Attribute, Value, Value, &[&str])> = vec![
        (plain(), "x".into(), "x".into(), &[]),
        (plain(), "x".into(), "y".into(), &["a"]),
        (plain(), "x".into(), Value::Unknown, &["a"]),
        (plain(), "x".into(), Value::Null, &["a"]),
        (plain().ignore_case(), "x".into(), "X".into(), &[]),
        (optional_computed("a", text(), "A.").replace_on_change(), "x".into(), Value::Null, &[]),
        (lowered(), 3.into(), 2.into(), &["a"]),
        (lowered(), 2.into(), 3.into(), &[]),
        (object(), thing("x", "1"), thing("x", "2"), &[]),
        (object(), thing("x", "1"), thing("y", "1"), &["a.kind"]),
        (object(), thing("x", "1"), Value::Null, &["a.kind"]),
        (object(), Value::Null, thing("x", "1"), &["a.kind"]),
        (object(), thing("x", "1"), Value::Unknown, &["a"]),
        (list(), Value::list([thing("x", "1")]), Value::list([thing("x", "2")]), &[]),
        (
            list(),
            Value::list([thing("x", "1")]),
            Value::list([thing("x", "1"), thing("y", "1")]),
            &["a[1].kind"],
        ),
        (
            map(),
            Value::map([("k", thing("x", "1"))]),
            Value::map([("k", thing("y", "1"))]),
            &["a[\"k\"].kind"],
        ),
        (set(), Value::set([thing("x", "1")]), Value::set([thing("x", "2")]), &[]),
        (set(), Value::set([thing("x", "1")]), Value::set([thing("y", "1")]), &["a"]),
    ];
    for (row, (attribute, before, written, expected)) in table.into_iter().enumerate() {
        let prior = o([("name", "n".into()), ("a", before)]);
        let config = o([("name", "m".into()), ("a", written)]);
        assert_eq!(planned([name(), attribute], &prior, &config).1, expected, "row {row}");
    }
}

#[test]
fn destroying_plans_nothing() {
    let prior = o([("name", "n".into())]);
    let plan = plan(&Schema::new("A thing.").attributes([name()]), prior, Value::Null);
    assert!(plan.is_destroy() && plan.replace.is_empty());
}

#[test]
fn a_spelling_is_kept_at_any_depth_until_there_is_real_drift() {
    let element = object([required("mail", text(), "M.").ignore_case(), optional("note", text(), "N.")]);
    let schema = Schema::new("A thing.").attributes([
        optional("label", text(), "L.").ignore_case(),
        optional("tags", set_of(text()), "T."),
        optional("set", set_of(element.clone()), "S."),
        optional("list", list_of(element), "L."),
        optional("on", boolean(), "O."),
    ]);
    let contact = |mail: &str, note: Value| o([("mail", mail.into()), ("note", note)]);
    let known = o([
        ("label", "Desk".into()),
        ("tags", Value::set([])),
        ("set", Value::set([contact("A@x", Value::Null), contact("B@x", "n".into())])),
        ("list", Value::list([contact("A@x", Value::Null)])),
        ("on", Value::Unknown),
    ]);
    let actual = o([
        ("label", "desk".into()),
        ("tags", Value::Null),
        ("set", Value::set([contact("a@x", "".into()), contact("b@x", "other".into())])),
        ("list", Value::list([contact("a@x", "drift".into())])),
        ("on", true.into()),
    ]);
    let expected = o([
        ("label", "Desk".into()),
        ("tags", Value::set([])),
        ("set", Value::set([contact("A@x", Value::Null), contact("b@x", "other".into())])),
        ("list", Value::list([contact("A@x", "drift".into())])),
        ("on", true.into()),
    ]);
    assert_eq!(keep_spelling(&schema, &known, actual).reveal(), expected.reveal());
}
