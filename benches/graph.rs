//! What reading many devices costs: with the latency of a real tenant, and in this machine's own time.
//!
//! `cargo bench --bench graph`

#[path = "../tests/it/support/devices.rs"]
mod devices;
#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../tests/it/support/scripted.rs"]
mod scripted;

use std::time::Duration;

use devices::Devices;
use divan::Bencher;
use tokio::runtime::Runtime;

fn main() {
    divan::main();
}

/// As a refresh of Terraform does it: ten at a time.
const PARALLELISM: usize = 10;

fn refresh(bencher: Bencher<'_, '_>, devices: usize, latency: Duration, coalesced: bool) {
    let runtime = Runtime::new().expect("a runtime starts");
    let service = runtime.block_on(Devices::start(devices, latency));
    bencher
        .counter(divan::counter::ItemsCount::new(devices))
        .with_inputs(|| service.graph())
        .bench_values(|graph| runtime.block_on(service.refresh(&graph, PARALLELISM, coalesced)));
}

/// Latency 100 ms.
#[divan::bench(args = [1_000, 10_000], sample_count = 3, sample_size = 1)]
fn far_refresh_coalesced(bencher: Bencher<'_, '_>, devices: usize) {
    refresh(bencher, devices, Duration::from_millis(100), true);
}

/// Latency 100 ms. The tenant's budget of 1,000 reads in 20 seconds is waited for.
#[divan::bench(args = [1_000], sample_count = 1, sample_size = 1)]
fn far_refresh_one_by_one(bencher: Bencher<'_, '_>, devices: usize) {
    refresh(bencher, devices, Duration::from_millis(100), false);
}

/// Our own time: no latency, and all at once.
#[divan::bench(args = [1_000, 10_000], sample_count = 5, sample_size = 1)]
fn near_refresh_at_once(bencher: Bencher<'_, '_>, devices: usize) {
    let runtime = Runtime::new().expect("a runtime starts");
    let service = runtime.block_on(Devices::start(devices, Duration::ZERO));
    bencher
        .counter(divan::counter::ItemsCount::new(devices))
        .with_inputs(|| service.graph())
        .bench_values(|graph| runtime.block_on(service.refresh(&graph, devices, true)));
}
