//! Lists, on the wire.

use autopilot_provider::tf_provider::protocol::tfplugin6 as wire;
use serde_json::json;

use super::{Outside, playground};
use crate::support::core::{Core, Said};

const PLAIN: &str = "playground_plain";

async fn lamps(count: usize) -> (Core, Outside) {
    let (core, outside) = playground().await;
    for index in 0..count {
        core.resource(PLAIN).apply(json!({ "name": format!("lamp {index:03}") })).await;
    }
    (core, outside)
}

/// Check 81: what is found, in order, with its identity, and whole on request.
#[tokio::test]
async fn a_list_tells_what_there_is_and_each_can_be_imported() {
    let (core, _outside) = lamps(3).await;
    assert!(core.listed(PLAIN, json!({ "name_prefix": "vase" }), 0).await.is_empty());
    let found = core.listed(PLAIN, json!({}), 0).await;
    let names: Vec<&str> = found.iter().map(|one| one.display_name.as_str()).collect();
    assert_eq!(names, ["lamp 000", "lamp 001", "lamp 002"]);
    for one in found {
        let mut imported = core.resource(PLAIN);
        imported.import_identified(&one.identity).await;
        assert_eq!((imported.state(), imported.identity()), (&one.state, &one.identity));
    }
    let listing = core.query(PLAIN, json!({}), false, 0).await;
    let (found, _) = listing.expect("a list").rest().await;
    assert!(found.iter().all(|one| one.state.is_null()), "nobody asked for more than the identity");
}

/// Check 81: as many as are wanted, and a hundred where nobody says how many.
#[tokio::test]
async fn a_list_ends_when_there_are_enough() {
    let (core, outside) = lamps(102).await;
    for (limit, wanted) in [(1, 1), (7, 7), (0, 100), (-1, 100), (1000, 102)] {
        assert_eq!(core.listed(PLAIN, json!({}), limit).await.len(), wanted, "with a limit of {limit}");
    }
    assert!(outside.journal().iter().any(|line| line.starts_with("enough")), "the author learns it");
}

/// Check 81: a host that goes away ends the list, wherever that is.
#[tokio::test]
async fn a_list_ends_with_its_listener() {
    let (core, outside) = lamps(1).await;
    let mut listing = core.query(PLAIN, json!({ "end": "waits" }), false, 0).await.expect("a list");
    let first = listing.next().await.expect("an event").expect("an object");
    assert_eq!(first.display_name, "lamp 000", "it is sent before the list is over");
    drop(listing);
    outside.until("cancelled").await;

    let listing = core.query(PLAIN, json!({ "end": "waits" }), false, 0).await.expect("a list");
    core.interrupt().await;
    listing.rest().await;
}

/// Check 81: mistakes are events, and what was sent before them stays sent.
#[tokio::test]
async fn a_list_that_fails_says_so_after_what_it_reported() {
    let (core, _outside) = lamps(2).await;
    let all = async |end: &str| {
        core.query(PLAIN, json!({ "end": end }), true, 0).await.expect("a list").rest().await
    };
    let (found, said) = all("fails").await;
    assert_eq!(found.len(), 2);
    said.error("The list ends early");
    all("panics").await.1.error("Bug in the provider");
    let (found, said) = all("warns").await;
    assert!(found.len() == 2 && !said.has_errors(), "{said}");
    said.warning("The list may be old");

    let refused = core.query(PLAIN, json!({ "name_prefix": " " }), true, 0).await.err();
    refused.expect("a mistake is found before anything is asked").error("Invalid value for name_prefix");
    let request =
        wire::list_resource::Request { type_name: "playground_slow".to_owned(), ..Default::default() };
    let mut events = core.client().list_resource(request).await.expect("an answer").into_inner();
    let event = events.message().await.expect("an event").expect("an event");
    Said::from(event.diagnostic).error("Unknown list resource");
}
