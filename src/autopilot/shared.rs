//! What is read once for many.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

/// Something that serves whoever asks until it is a minute old, or this program has written in between.
pub(crate) struct Shared<T>(Mutex<Option<Cached<T>>>);

struct Cached<T> {
    at: Instant,
    writes: u64,
    value: Arc<T>,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> Shared<T> {
    /// What was read before, or what reading tells now. Who asks meanwhile waits for it. `writes` counts the writes that are
    /// over.
    pub(crate) async fn get<E>(
        &self,
        writes: u64,
        read: impl Future<Output = Result<T, E>>,
    ) -> Result<Arc<T>, E> {
        self.get_if(|cached| cached.writes == writes && cached.at.elapsed() < LIFE, writes, read).await
    }

    /// What was read at this moment or later, or what reading tells now. Who asks meanwhile waits for it.
    pub(crate) async fn get_since<E>(
        &self,
        since: Instant,
        read: impl Future<Output = Result<T, E>>,
    ) -> Result<Arc<T>, E> {
        self.get_if(|cached| cached.at >= since, 0, read).await
    }

    async fn get_if<E>(
        &self,
        holds: impl Fn(&Cached<T>) -> bool,
        writes: u64,
        read: impl Future<Output = Result<T, E>>,
    ) -> Result<Arc<T>, E> {
        let mut kept = self.0.lock().await;
        if let Some(cached) = kept.as_ref().filter(|cached| holds(cached)) {
            return Ok(Arc::clone(&cached.value));
        }
        let at = Instant::now();
        let value = Arc::new(read.await?);
        *kept = Some(Cached { at, writes, value: Arc::clone(&value) });
        Ok(value)
    }
}

const LIFE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_second_reading_is_needed_only_after_a_write() {
        let shared = Shared::default();
        let read = |value: u32| async move { Ok::<_, ()>(value) };
        assert_eq!(*shared.get(0, read(1)).await.unwrap(), 1);
        assert_eq!(*shared.get(0, read(2)).await.unwrap(), 1);
        assert_eq!(*shared.get(1, read(3)).await.unwrap(), 3);
        let before = Instant::now();
        assert_eq!(*shared.get_since(before, read(4)).await.unwrap(), 4);
        assert_eq!(*shared.get_since(before, read(5)).await.unwrap(), 4, "it was read since");
        assert_eq!(*shared.get(1, read(3)).await.unwrap(), 3);
        assert_eq!(shared.get(2, async { Err(()) }).await.map(|value: Arc<u32>| *value), Err(()));
        assert_eq!(
            *shared.get(1, read(5)).await.unwrap(),
            3,
            "a failed reading forgets nothing that still holds"
        );
    }
}
