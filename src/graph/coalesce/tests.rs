use std::collections::BTreeMap;
use std::sync::atomic::AtomicUsize;

use futures_util::future::join_all;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::graph::mock_transport::{Asked, MockTransport, ROOT};
use crate::graph::{Endpoint, Graph, Search};

/// A collection that keeps the history of its members, newest last: a member that is gone holds `None`.
#[derive(Default)]
struct Things {
    history: Mutex<BTreeMap<String, Vec<Option<u64>>>>,
    writes: AtomicU64,
    page: usize,
    counted: bool,
}

impl Things {
    fn new(members: usize, page: usize, counted: bool) -> Arc<Self> {
        let history = (0..members).map(|n| (format!("id-{n}"), vec![Some(0)])).collect();
        Arc::new(Self { history: Mutex::new(history), page, counted, ..Self::default() })
    }

    fn respond(&self, asked: &Asked) -> (u16, Json) {
        if asked.url == "/beta/$batch" {
            let items = asked.body["requests"].as_array().unwrap();
            let answer = |item: &Json| {
                let url = format!("/beta{}", item["url"].as_str().unwrap());
                let (status, body) = self.respond(&Asked { method: "GET".into(), url, body: Json::Null });
                json!({"id": item["id"], "status": status, "body": body})
            };
            return (200, json!({"responses": items.iter().rev().map(answer).collect::<Vec<_>>()}));
        }
        let mut history = self.history.lock();
        let row = |(id, states): (&String, &Vec<Option<u64>>)| {
            states.last().copied().flatten().map(|version| json!({"id": id, "version": version}))
        };
        let path = asked.url.strip_prefix("/beta/things").unwrap();
        match (asked.method.as_str(), path.strip_prefix('/')) {
            ("GET", Some(id)) => match history.get_key_value(id).and_then(row) {
                Some(row) => (200, row),
                None => (404, json!({"error": {"code": "ResourceNotFound", "message": id}})),
            },
            ("GET", None) => {
                let skip: usize = path.strip_prefix("?$skip=").map_or(0, |skip| skip.parse().unwrap());
                let rows: Vec<Json> = history.iter().filter_map(row).collect();
                let mut body = json!({"value": rows.iter().skip(skip).take(self.page).collect::<Vec<_>>()});
                if self.counted {
                    body["@odata.count"] = json!(rows.len());
                }
                if skip + self.page < rows.len() {
                    body["@odata.nextLink"] = json!(format!("{ROOT}/beta/things?$skip={}", skip + self.page));
                }
                (200, body)
            }
            (method, Some(id)) => {
                let version = self.writes.fetch_add(1, Ordering::SeqCst) + 1;
                history
                    .entry(id.to_owned())
                    .or_insert_with(|| vec![None])
                    .push((method != "DELETE").then_some(version));
                (200, json!({ "version": version }))
            }
            _ => (501, Json::Null),
        }
    }
}

fn graph(things: &Arc<Things>, latencies: Vec<u64>) -> (Graph, Arc<MockTransport>) {
    let (things, turn) = (Arc::clone(things), AtomicUsize::new(0));
    let latency =
        move || Duration::from_millis(latencies[turn.fetch_add(1, Ordering::SeqCst) % latencies.len()]);
    let server = MockTransport::new(latency, move |asked| Ok(things.respond(asked)));
    (Graph::over(server.sender()), server)
}

fn things() -> Collection {
    Collection::new(Endpoint::beta("things"))
}

fn scope() -> Scope {
    Scope::new(CancellationToken::new(), Duration::from_secs(3600))
}

fn paused() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

async fn read_ids(graph: &Graph, ids: impl Iterator<Item = usize>) -> Vec<Option<Json>> {
    let (scope, things) = (&scope(), &things());
    join_all(ids.map(|n| async move { graph.read_one(scope, things, &format!("id-{n}")).await.unwrap() }))
        .await
}

#[derive(Debug, Clone)]
enum Step {
    Read(usize),
    ReadAll,
    Find(usize),
    Write(usize),
    Delete(usize),
    Pause(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0usize..30).prop_map(Step::Read),
        2 => Just(Step::ReadAll),
        2 => (0usize..30).prop_map(Step::Find),
        2 => (0usize..30).prop_map(Step::Write),
        1 => (0usize..30).prop_map(Step::Delete),
        3 => (0u64..40).prop_map(Step::Pause),
        1 => Just(Step::Pause(30_000)),
    ];
    proptest::collection::vec(step, 1..12)
}

/// What was seen of one member, and the writes that had ended when the reading began.
fn check(things: &Things, id: &str, ended: usize, seen: Option<u64>) -> Result<(), TestCaseError> {
    let history = things.history.lock();
    let states = history.get(id).map_or(&[][..], Vec::as_slice);
    let possible = &states[ended.min(states.len())..];
    prop_assert!(
        possible.contains(&seen) || (possible.is_empty() && seen.is_none()),
        "{} was seen as {:?}, which was over; possible were {:?}",
        id,
        seen,
        possible
    );
    Ok(())
}

async fn act(
    graph: &Graph,
    server: &Things,
    ended: &Mutex<BTreeMap<String, usize>>,
    steps: &[Step],
) -> Result<(), TestCaseError> {
    let (scope, things) = (scope(), things());
    let version = |row: &Json| row["version"].as_u64();
    for step in steps {
        let before = ended.lock().clone();
        let ended_before = |id: &str| before.get(id).copied().unwrap_or(0);
        match step {
            Step::Pause(time) => tokio::time::sleep(Duration::from_millis(*time)).await,
            Step::Read(n) => {
                let id = format!("id-{n}");
                let seen = graph.read_one(&scope, &things, &id).await.unwrap();
                check(server, &id, ended_before(&id), seen.as_ref().and_then(version))?;
            }
            Step::Find(n) => {
                let id = format!("id-{n}");
                let wanted = id.clone();
                let search = Search::new(&id, move |row| row["id"] == wanted.as_str());
                let seen = graph.find(&scope, &things, search).await.unwrap();
                check(server, &id, ended_before(&id), seen.first().and_then(version))?;
            }
            Step::ReadAll => {
                let rows = graph.read_all(&scope, &things).await.unwrap();
                for n in 0..30 {
                    let id = format!("id-{n}");
                    let seen = rows.iter().find(|row| row["id"] == id.as_str()).and_then(version);
                    check(server, &id, ended_before(&id), seen)?;
                }
            }
            Step::Write(n) | Step::Delete(n) => {
                let id = format!("id-{n}");
                let endpoint = Endpoint::beta("things").key(&id);
                let position = |server: &Things| server.history.lock().get(&id).map_or(1, Vec::len);
                let floor = position(server);
                if matches!(step, Step::Write(_)) {
                    let answer = graph.patch(&scope, &endpoint, json!({})).await.unwrap();
                    let place = server.history.lock()[&id]
                        .iter()
                        .position(|state| *state == answer["version"].as_u64())
                        .unwrap();
                    ended.lock().entry(id).and_modify(|p| *p = place.max(*p)).or_insert(place);
                } else {
                    graph.delete(&scope, &endpoint).await.unwrap();
                    // Its own state is behind those that were there when it began.
                    ended.lock().entry(id).and_modify(|p| *p = floor.max(*p)).or_insert(floor);
                }
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    /// With pages of the whole collection; how lists behave that shift while they are read is the service's affair.
    #[test]
    fn any_interleaving_reads_what_an_uncoalesced_client_could_have_read(
        actors in proptest::collection::vec(steps(), 1..8),
        latencies in proptest::collection::vec(1u64..400, 1..9),
    ) {
        paused().block_on(async {
            let server = Things::new(25, 100, true);
            let (graph, _) = graph(&server, latencies);
            let ended = Mutex::default();
            let runs = actors.iter().map(|steps| act(&graph, &server, &ended, steps));
            join_all(runs).await.into_iter().collect::<Result<(), _>>()
        })?;
    }

    #[test]
    fn reads_at_once_cost_at_most_twice_the_cheapest(
        members in 1usize..600, share in 0.0f64..=1.0, page in 1usize..150, counted: bool, latency in 1u64..100,
    ) {
        let reads = ((members as f64 * share) as usize).max(1);
        let (cost, answers) = paused().block_on(async {
            let (graph, server) = graph(&Things::new(members, page, counted), vec![latency]);
            let answers = read_ids(&graph, 0..reads).await;
            (server.count(), answers)
        });
        let right = answers.iter().enumerate().all(|(n, row)| row.as_ref().unwrap()["id"] == format!("id-{n}"));
        prop_assert!(right);
        let cheapest = reads.div_ceil(MOST_ITEMS).min(members.div_ceil(page));
        prop_assert!(cost <= 2 * cheapest, "{} for {}", cost, cheapest);
    }
}

/// As Terraform does it: so many at a time, the next when one is done.
async fn refresh(graph: &Graph, members: usize, parallelism: usize) {
    let (scope, things) = (&scope(), &things());
    iter(0..members)
        .map(|n| async move {
            let row = graph.read_one(scope, things, &format!("id-{n}")).await.unwrap();
            assert_eq!(row.unwrap()["id"], format!("id-{n}"));
        })
        .buffer_unordered(parallelism)
        .collect::<Vec<()>>()
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_refresh_costs_pages_and_not_devices() {
    let (graph, server) = graph(&Things::new(10_000, 1000, true), vec![100]);
    refresh(&graph, 10_000, 10).await;
    assert!(server.count() <= 20, "{} requests for 10 pages", server.count());
}

#[tokio::test(start_paused = true)]
async fn a_second_read_is_never_answered_from_memory() {
    let things_there = Things::new(100, 1000, true);
    let (graph, server) = graph(&things_there, vec![100]);
    read_ids(&graph, 0..100).await;
    assert_eq!(server.count(), 1);
    // Somebody else changes it.
    things_there.history.lock().get_mut("id-7").unwrap().push(Some(99));
    assert_eq!(read_ids(&graph, 7..8).await[0].as_ref().unwrap()["version"], 99);
}

#[tokio::test(start_paused = true)]
async fn a_list_read_while_a_write_was_on_its_way_is_void_when_the_write_is_over() {
    // The write takes effect at 500 ms and ends at 1000; the list is read at 60.
    let (graph, server) = graph(&Things::new(25, 1000, true), vec![1000, 100]);
    let (scope, collection) = (scope(), things());
    let thing = Endpoint::beta("things").key("id-7");
    let (written, listed) =
        tokio::join!(graph.patch(&scope, &thing, json!({})), graph.read_all(&scope, &collection));
    assert!(listed.unwrap().contains(&json!({"id": "id-7", "version": 0})));
    let read = graph.read_one(&scope, &collection, "id-7").await.unwrap().unwrap();
    assert_eq!(read["version"], written.unwrap()["version"]);
    assert_eq!(server.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn that_something_is_gone_is_said_by_its_own_address_only() {
    let (graph, server) = graph(&Things::new(50, 1000, true), vec![100]);
    let answers = read_ids(&graph, 30..70).await;
    assert_eq!(answers.iter().filter(|row| row.is_none()).count(), 20);
    assert_eq!(server.asked().last().unwrap().url, "/beta/$batch");
}

#[tokio::test(start_paused = true)]
async fn searches_at_once_share_one_list() {
    let (graph, server) = graph(&Things::new(100, 50, false), vec![100]);
    let (graph, scope, things) = (&graph, &scope(), &things());
    let find = |n: usize| async move {
        let id = format!("id-{n}");
        graph
            .find(scope, things, Search::new(&id.clone(), move |row| row["id"] == id.as_str()))
            .await
            .unwrap()
    };
    let found = join_all((0..60).map(find)).await;
    assert!(found.iter().all(|rows| rows.len() == 1));
    assert_eq!(server.count(), 2);
    assert!(find(1).await.len() == 1 && server.count() == 4, "a repeated search reads anew");
}

#[tokio::test(start_paused = true)]
async fn a_lone_search_uses_its_filter_and_the_list_when_that_is_refused() {
    for refused in [false, true] {
        let server = MockTransport::new(
            || Duration::from_millis(100),
            move |asked| {
                Ok(match (asked.url.contains("$filter"), refused) {
                    (true, true) => (400, json!({"error": {"code": "BadRequest", "message": "no"}})),
                    _ => (200, json!({"value": [{"id": "a", "serial": "X1"}, {"id": "b", "serial": "X10"}]})),
                })
            },
        );
        let graph = Graph::over(server.sender());
        let search = || Search::new("X1", |row| row["serial"] == "X1").filter("contains(serial,'X1')");
        let found = graph.find(&scope(), &things(), search()).await.unwrap();
        assert_eq!(found, [json!({"id": "a", "serial": "X1"})]);
        let urls: Vec<String> = server.asked().into_iter().map(|asked| asked.url).collect();
        let filtered = "/beta/things?$filter=contains(serial,'X1')";
        assert_eq!(urls, if refused { vec![filtered, "/beta/things"] } else { vec![filtered] });
    }
}

#[tokio::test(start_paused = true)]
async fn one_who_stops_waiting_does_not_disturb_the_others() {
    let (graph, server) = graph(&Things::new(30, 1000, true), vec![1000]);
    let cancel = CancellationToken::new();
    let (impatient, things) = (Scope::until_cancelled(cancel.clone()), things());
    let (a, b, ()) =
        tokio::join!(graph.read_one(&impatient, &things, "id-1"), read_ids(&graph, 2..3), async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            cancel.cancel();
        });
    assert_eq!(a.unwrap_err().kind(), ErrorKind::Interrupted);
    assert!(b[0].is_some());
    assert_eq!(server.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_wave_nobody_waits_for_stops() {
    let (graph, server) = graph(&Things::new(30, 1, false), vec![1000]);
    let (scope, things) = (scope().within(Duration::from_millis(2500)), things());
    let error = graph.read_all(&scope, &things).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(server.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_cannot_be_read_does_not_stop_single_reads() {
    let server = MockTransport::new(
        || Duration::from_millis(10),
        |asked| {
            Ok(match asked.url.as_str() {
                "/beta/things" => (403, json!({"error": {"code": "Forbidden", "message": "no"}})),
                _ => {
                    let items = asked.body["requests"].as_array().unwrap();
                    let parts: Vec<Json> = items
                        .iter()
                        .map(|item| json!({"id": item["id"], "status": 200, "body": {"id": "x"}}))
                        .collect();
                    (200, json!({ "responses": parts }))
                }
            })
        },
    );
    let graph = Graph::over(server.sender());
    assert!(read_ids(&graph, 0..40).await.iter().all(Option::is_some));
    assert!(read_ids(&graph, 0..40).await.iter().all(Option::is_some));
    assert_eq!(server.asked().iter().filter(|asked| asked.url == "/beta/things").count(), 1);
}
