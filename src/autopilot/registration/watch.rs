//! Registered devices as everybody sees them who waits for something of theirs: one list in pages, or each by itself where
//! that is less.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value as Json;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::queue::{OLDEST, PAGE};
use crate::autopilot::collection::{POLL_MAX, POLL_MIN, id};
use crate::autopilot::devices::DEVICES;
use crate::autopilot::session::Session;
use crate::graph::{self, Poll, Schedule};
use crate::tf_provider::failure::Failure;

/// The latest look at all devices, and how many wait for another one.
#[derive(Default)]
pub(crate) struct Watch {
    latest: Mutex<Option<Latest>>,
    waiting: AtomicUsize,
}

struct Latest {
    asked_at: Instant,
    by_id: HashMap<String, Json>,
}

impl Watch {
    /// Waits until the device with this id shows something.
    pub(crate) async fn wait_until_consistent(
        &self,
        session: &Session,
        device: &str,
        shows: impl Fn(&Json) -> Result<bool, graph::Error>,
    ) -> Result<Json, Failure> {
        let _waiting = Waiting::among(&self.waiting);
        let what = format!("the device {device} to show what was written");
        let began = Instant::now();
        graph::wait(&what, session.scope(), Schedule::growing(POLL_MIN, POLL_MAX), || async {
            Ok(match self.glance(session, device, began).await? {
                Some(found) if shows(&found)? => Poll::Ready(found),
                Some(_) => Poll::Pending("it still shows older values".to_owned()),
                None => Poll::Pending("it cannot be read yet".to_owned()),
            })
        })
        .await
    }

    /// The device as it is now, or was a part of the time ago that has been waited already.
    async fn glance(
        &self,
        session: &Session,
        device: &str,
        began: Instant,
    ) -> Result<Option<Json>, graph::Error> {
        let now = Instant::now();
        let since = now.checked_sub(((now - began) / 4).min(OLDEST)).unwrap_or(now);
        let ended = |ended| graph::Error::ended(ended, "a look at the registered devices");
        let mut latest = session.scope().run(self.latest.lock()).await.map_err(ended)?;
        let device_id = device.to_lowercase();
        if let Some(latest) = latest.as_ref().filter(|latest| latest.asked_at >= since) {
            return Ok(latest.by_id.get(&device_id).cloned());
        }
        let pages = latest.as_ref().map_or(1, |latest| latest.by_id.len().div_ceil(PAGE).max(1));
        if self.waiting.load(Ordering::Relaxed) <= pages {
            drop(latest);
            return session.graph().read_one(session.scope(), &DEVICES.collection(), device).await;
        }
        let asked_at = Instant::now();
        let all = DEVICES.all(session).await?;
        let by_id: HashMap<String, Json> =
            all.into_iter().map(|device| (id(&device).to_lowercase(), device)).collect();
        let found = by_id.get(&device_id).cloned();
        *latest = Some(Latest { asked_at, by_id });
        Ok(found)
    }
}

/// Somebody who waits.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn among(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
