//! `autopilot_enrollment_status_pages`: the status pages of the tenant, strongest first.

use async_trait::async_trait;
use serde::Deserialize;

use crate::autopilot::collection::id;
use crate::autopilot::engine::{CollectionMember, Member};
use crate::autopilot::look_up::{is_named_like, list_result, name_contains, results};
use crate::autopilot::permissions::ENROLLMENT_READ;
use crate::autopilot::resources::enrollment_status_page::{self as resource, PAGES, is_default, is_page};
use crate::autopilot::tenant::{Cx, Tenant};
use crate::graph::decode;
use crate::tf_provider::data_source::DataSource;
use crate::tf_provider::failure::Failure;
use crate::tf_provider::permission::{Permission, to_read};
use crate::tf_provider::schema::{Attribute, Schema, boolean, computed, list_of, object, text};
use crate::tf_provider::value::Value;

/// Status pages, the default one too.
pub(crate) struct EnrollmentStatusPages;

#[async_trait]
impl DataSource<Tenant> for EnrollmentStatusPages {
    fn name(&self) -> &'static str {
        "autopilot_enrollment_status_pages"
    }

    fn schema(&self) -> Schema {
        Schema::new(
            "The enrollment status pages of the tenant, the default one too: all of them, or those whose names match.",
        )
        .attributes([
            name_contains(PAGES.noun),
            computed("ids", list_of(text()), "Ids of the pages, the strongest first."),
            computed(
                "pages",
                list_of(object(shown())),
                "The pages, the strongest first and the default one last.",
            ),
        ])
    }

    fn permissions(&self) -> Vec<Permission> {
        vec![to_read(ENROLLMENT_READ)]
    }

    async fn read(&self, cx: &Cx, config: Value) -> Result<Value, Failure> {
        let session = cx.session()?;
        let mut all = session.graph().read_all(session.scope(), &PAGES.collection()).await?;
        all.retain(|found| is_page(found) && is_named_like(found, &config));
        let member = CollectionMember::<resource::EnrollmentStatusPage>::new();
        let mut pages = Vec::new();
        for found in &all {
            let is_default = is_default(id(found));
            let rank = (is_default, decode::<Ranked>(found)?.priority);
            pages.push((rank, member.read(found)?.with(DEFAULT, is_default)));
        }
        pages.sort_by_key(|(rank, _)| *rank);
        let pages: Vec<Value> = pages.into_iter().map(|(_, page)| page).collect();
        Ok(list_result(config, "pages", &shown(), &pages))
    }
}

#[derive(Deserialize)]
struct Ranked {
    priority: Option<i64>,
}

fn shown() -> Vec<Attribute> {
    let mut shown = results(resource::EnrollmentStatusPage::schema(), &[]);
    let what = "Whether it is the page for everybody to whom no other page is assigned.";
    shown.push(computed(DEFAULT, boolean(), what));
    shown
}

const DEFAULT: &str = "default_page";
