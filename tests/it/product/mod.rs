//! Every resource of the product, proven against an emulated tenant.
//!
//! A resource is covered as data ([`case::Case`]): the shortest and the fullest configuration, and for every
//! attribute a change and what an administrator might do to it in the portal. [`prove!`] makes a test of each property.
//! An attribute without an entry fails the first of them, so a new one cannot be forgotten.
//!
//! What may never be lost, and the property that says so:
//!
//! | What happens | Property |
//! |---|---|
//! | Ids are written in capitals | `ids_in_capitals_change_nothing` |
//! | An address is renamed, two addresses have one object or one setting, an apply destroys what it took over | `one_object_has_one_address` |
//! | A colleague changes something between plan and apply | `a_colleague_is_no_fault` |
//! | A setting or a taken-over object is written over, to be regretted later | `what_is_written_over_can_be_put_back` |
//! | A collection is left out, empty, or has one or many elements, and goes from each to each | `collections_of_every_size_converge` |
//! | An object is deleted between plan and apply | `what_is_deleted_meanwhile_is_reported_at_once` |
//! | The state was stored by an earlier release | `states_of_every_release_are_read` |
//! | The state was stored without an identity, or with one in capitals | `a_state_without_an_identity_gets_one` |
//! | The state is another tenant's | `another_tenants_state_is_refused` |
//! | One "not found" while looking | `one_not_found_is_no_absence` |
//! | An answer that is none, with the work done or not: 404, `null`, `{}`, a page of HTML, 401, 409 | `a_wrong_answer_to_any_request_loses_nothing_and_doubles_nothing` |
//! | A reply is lost, the service is down, everything is refused from some request on | `a_lost_reply_to_any_write_changes_nothing`, `an_outage_for_a_moment_changes_nothing`, `a_failure_at_any_request_loses_nothing_and_doubles_nothing` |
//! | Bodies and lists without end, echoed tokens, escape sequences | `saboteur` (with a bound on memory), `graph_client`: `what_has_no_end_is_given_up`, `an_echoed_token_and_what_a_terminal_obeys_stay_out_of_messages`, `an_object_without_its_id_is_no_answer` |
//! | The assignment to all devices moves from one profile to another in one apply | `deployment_profile`: `the_assignment_to_all_devices_moves_within_one_apply_twenty_times_of_twenty` |
//! | Thirty pages ask for their places at once, and one is deleted outside | `status_page_order`: `thirty_pages_get_their_places_in_whatever_order_they_are_made` |
//!
//! What may never be reported that is not so, and the property that says it:
//!
//! | What happens | Property |
//! |---|---|
//! | An attribute changes | `a_plan_names_what_changes` |
//! | A collection is left out | `what_is_left_out_stays` |
//! | Graph cannot be reached | `an_outage_is_reported_once`, `reported_once` |
//! | A name or a serial number is taken, a setting is locked, a value is one that the service refuses | `while_planning` |

pub(crate) mod case;
mod fault_points;
mod identities;
mod losses;
mod properties;
pub(crate) mod stage;

mod actions;
mod data_sources;
mod default_enrollment_status_page;
mod deployment_profile;
mod device_fleet;
mod device_group;
mod device_identity;
mod device_join_policy;
mod enrollment_scope;
mod enrollment_status_page;
#[cfg(unix)]
mod examples;
#[cfg(unix)]
mod export;
#[cfg(unix)]
mod fleet_moves;
#[cfg(target_os = "linux")]
mod interrupts;
mod lists;
mod live_tenant;
#[cfg(unix)]
mod moves;
#[cfg(unix)]
mod read_only;
#[cfg(unix)]
mod reported_once;
mod status_page_order;
mod tenant_settings;
#[cfg(unix)]
mod terraforms;
mod user_assignment;
mod while_planning;
mod wrong_input;

/// One test for each property of the resource that the function describes.
macro_rules! prove {
    ($case:ident) => {
        use crate::product::{fault_points, identities, losses, properties};

        #[tokio::test]
        async fn every_attribute_is_covered() {
            properties::every_attribute_is_covered($case).await;
        }

        #[tokio::test]
        async fn it_is_made_and_destroyed_and_leaves_nothing() {
            properties::is_made_and_destroyed($case).await;
        }

        #[tokio::test]
        async fn every_attribute_changes_and_then_plans_nothing() {
            properties::every_attribute_changes($case).await;
        }

        #[tokio::test]
        async fn a_plan_names_what_changes() {
            properties::a_plan_names_what_changes($case).await;
        }

        #[tokio::test]
        async fn what_is_left_out_stays() {
            properties::what_is_left_out_stays($case).await;
        }

        #[tokio::test]
        async fn one_object_has_one_address() {
            losses::one_object_has_one_address($case).await;
        }

        #[tokio::test]
        async fn a_colleague_is_no_fault() {
            losses::a_colleague_is_no_fault($case).await;
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn what_is_written_over_can_be_put_back() {
            losses::what_is_written_over_can_be_put_back($case).await;
        }

        #[tokio::test]
        async fn collections_of_every_size_converge() {
            losses::collections_of_every_size_converge($case).await;
        }

        #[tokio::test]
        async fn an_outage_is_reported_once() {
            losses::an_outage_is_reported_once($case).await;
        }

        #[tokio::test]
        async fn what_is_deleted_meanwhile_is_reported_at_once() {
            losses::what_is_deleted_meanwhile_is_reported_at_once($case).await;
        }

        #[tokio::test]
        async fn states_of_every_release_are_read() {
            losses::states_of_every_release_are_read($case).await;
        }

        #[tokio::test]
        async fn another_tenants_state_is_refused() {
            losses::another_tenants_state_is_refused($case).await;
        }

        #[tokio::test]
        async fn ids_in_capitals_change_nothing() {
            losses::ids_in_capitals_change_nothing($case).await;
        }

        #[tokio::test]
        async fn a_missing_permission_is_named_before_anything_is_asked() {
            properties::a_missing_permission_is_named_before_anything_is_asked($case).await;
        }

        #[tokio::test]
        async fn an_import_equals_what_was_applied() {
            properties::import_equals_state($case).await;
        }

        #[tokio::test]
        async fn an_identity_is_as_good_as_an_id() {
            identities::an_identity_is_as_good_as_an_id($case).await;
        }

        #[tokio::test]
        async fn a_state_without_an_identity_gets_one() {
            identities::a_state_without_an_identity_gets_one($case).await;
        }

        #[tokio::test]
        async fn drift_is_seen_and_repaired() {
            properties::drift_is_seen_and_repaired($case).await;
        }

        #[tokio::test]
        async fn what_is_not_written_is_judged_as_declared() {
            properties::unwritten_is_judged_as_declared($case).await;
        }

        #[tokio::test]
        async fn a_deletion_outside_is_seen() {
            properties::deletion_outside_is_seen($case).await;
        }

        #[tokio::test]
        async fn it_lives_in_a_tenant_as_slow_as_the_real_one() {
            properties::lives_in_a_slow_tenant($case).await;
        }

        #[tokio::test]
        async fn a_lost_reply_to_any_write_changes_nothing() {
            fault_points::lost_replies($case).await;
        }

        #[tokio::test]
        async fn an_outage_for_a_moment_changes_nothing() {
            fault_points::short_outages($case).await;
        }

        #[tokio::test]
        async fn a_wrong_answer_to_any_request_loses_nothing_and_doubles_nothing() {
            fault_points::wrong_answers($case).await;
        }

        #[tokio::test]
        async fn one_not_found_is_no_absence() {
            fault_points::doubt_is_no_absence($case).await;
        }

        #[tokio::test]
        async fn a_failure_at_any_request_loses_nothing_and_doubles_nothing() {
            fault_points::failures($case).await;
        }
    };
}
use prove;
