//! The wire probe of `tests/playground/`, as a process.

use std::path::Path;

use autopilot_provider::tf_provider::protocol::tfplugin6::provider_client::ProviderClient;
use autopilot_provider::tf_provider::protocol::tfplugin6::{get_provider_schema, read_data_source};
use tonic::transport::Channel;

use super::binaries::playground;
use super::raw::{Launch, Plugin, soon};

/// The playground, serving the provider whose calls show what the wire does to them.
pub(crate) fn probe() -> Launch {
    Launch::of(playground()).env("PLAYGROUND", "wire-probe")
}

/// Whether a call gets through.
pub(crate) async fn answers(provider: &mut ProviderClient<Channel>) -> bool {
    soon(provider.get_provider_schema(get_provider_schema::Request {})).await.is_ok()
}

/// How many calls of ReadResource the probe has open. They never end by themselves.
pub(crate) async fn waiting_calls(provider: &mut ProviderClient<Channel>) -> usize {
    let answer =
        soon(provider.read_data_source(read_data_source::Request::default())).await.expect("an answer");
    let count = answer.into_inner().state.expect("a count").json;
    String::from_utf8(count).expect("UTF-8").parse().expect("a number")
}

/// Waits until that many calls are open.
pub(crate) async fn until_waiting(provider: &mut ProviderClient<Channel>, count: usize) {
    soon(async {
        while waiting_calls(provider).await != count {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Whether the host that was announced still gets an answer, on a new connection.
pub(crate) async fn still_serves_its_host(plugin: &Plugin) -> bool {
    answers(&mut plugin.provider().await).await
}

/// How many files a directory has.
pub(crate) fn entries(directory: &Path) -> usize {
    std::fs::read_dir(directory).expect("a listing").count()
}
