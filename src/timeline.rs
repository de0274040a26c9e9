//! A laptop's first start, as the emulator plays it, for people.

use serde_json::Value;

/// A line for each step: when, how it went, what it is called, and why; below it what to do, where something is to be done.
pub(crate) fn lines(played: &Value) -> Vec<String> {
    let mut elapsed = 0;
    let lines = |step: &Value| {
        let mark = match step["outcome"].as_str() {
            Some("ok") => "ok",
            Some("warning") => "but",
            Some("skipped") => "-",
            _ => "STOP",
        };
        let name = called(step["name"].as_str().unwrap_or_default());
        let reason = step["reason"].as_str().unwrap_or_default();
        let line = format!("{}  {mark:<4} {name:<20} {reason}", clock(elapsed));
        elapsed += step["seconds"].as_u64().unwrap_or_default();
        let fix = step["fix"].as_str().map(|fix| format!("{:<34}{fix}", ""));
        std::iter::once(line).chain(fix)
    };
    played["steps"].as_array().into_iter().flatten().flat_map(lines).collect()
}

/// What administrators call a step that Windows names so.
fn called(name: &str) -> &str {
    PHASES.iter().find(|(windows, _)| *windows == name).map_or(name, |(_, ours)| ours)
}

/// Minutes and seconds since the laptop was switched on.
fn clock(seconds: u64) -> String {
    format!("{:>3}:{:02}", seconds / 60, seconds % 60)
}

/// The two phases of the enrollment status page (ESP), as Windows names them, and what administrators call them.
pub(crate) const PHASES: [(&str, &str); 2] = [("device setup", "Device ESP"), ("account setup", "User ESP")];
