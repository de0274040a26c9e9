//! The emulator's Intune, judged by a client that knows nothing of this project.

mod devices;
mod enrollment;
mod policies;
mod profiles;
mod shipped;
pub(crate) mod stage;
