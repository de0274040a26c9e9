//! The runtime that asynchronous work runs on.

/// Runs asynchronous work to its end.
pub(crate) fn runtime<T, E: From<std::io::Error>, F: Future<Output = Result<T, E>>>(
    work: impl FnOnce() -> F,
) -> Result<T, E> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work())
}
