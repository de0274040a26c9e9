//! The log, as Terraform reads it: one JSON object a line on stderr, which Terraform sorts into its own log by level.
//!
//! Terraform is strict here. `@message`, `@level` and `@timestamp` that are no strings make it *panic*, a timestamp
//! without exactly six fraction digits turns the line into unsorted text, and lines above 64 KiB are cut in pieces.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write as _};

use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

/// Sends events to Terraform's log from now on, and panics as well. For the process that Terraform started.
///
/// `provider` is the part after `TF_LOG_PROVIDER_`, in capitals. `crates` are the crates whose events are wanted at
/// the level the practitioner chose; every other crate is heard at WARN and above only, because what HTTP and TLS
/// libraries say at TRACE includes what they carry.
///
/// The level is the first set of `TF_LOG_PROVIDER_<provider>`, `TF_LOG_PROVIDER` and `TF_LOG`; with none set,
/// nothing is written but panics.
pub fn init(provider: &str, crates: &[&str]) {
    let level = level(provider, &|name| std::env::var_os(name));
    if level != LevelFilter::OFF {
        let filter = Targets::new()
            .with_default(level.min(LevelFilter::WARN))
            .with_targets(crates.iter().map(|name| (*name, level)));
        let layer = HclogLayer::new(|line| drop(io::stderr().lock().write_all(line)));
        // The error says that a subscriber is installed already, which only tests do.
        let _ = tracing::subscriber::set_global_default(
            tracing_subscriber::registry().with(layer.with_filter(filter)),
        );
    }
    log_panics();
}

/// What the practitioner wants to hear. `JSON` means everything, and so does a word that Terraform does not know.
fn level(provider: &str, environment: &dyn Fn(&str) -> Option<OsString>) -> LevelFilter {
    let own = format!("TF_LOG_PROVIDER_{provider}");
    let chosen = [own.as_str(), "TF_LOG_PROVIDER", "TF_LOG"]
        .into_iter()
        .filter_map(environment)
        .find(|value| !value.is_empty());
    let Some(chosen) = chosen else {
        return LevelFilter::OFF;
    };
    match chosen.to_string_lossy().to_uppercase().as_str() {
        "OFF" => LevelFilter::OFF,
        "ERROR" => LevelFilter::ERROR,
        "WARN" => LevelFilter::WARN,
        "INFO" => LevelFilter::INFO,
        "DEBUG" => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    }
}

/// Writes a panic as one ERROR line, whatever the level: by itself it would fill the log with unsorted text.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let payload = panic.payload();
        let said = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
            (Some(text), _) => text,
            (None, Some(text)) => text.as_str(),
            (None, None) => "(no message)",
        };
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let mut fields = Map::new();
        fields.insert("panic_location".to_owned(), place.into());
        let trace = std::backtrace::Backtrace::capture();
        if trace.status() == std::backtrace::BacktraceStatus::Captured {
            fields.insert("backtrace".to_owned(), trace.to_string().into());
        }
        let line =
            line(Level::ERROR, "panic", &format!("the provider panicked, which is a bug: {said}"), fields);
        // Nothing is left to do when stderr is closed too.
        let _ = io::stderr().lock().write_all(&line);
    }));
}

/// Formats events for the host. Fields of the spans around an event become fields of the event.
struct HclogLayer<W> {
    write: W,
}

impl<W: Fn(&[u8]) + 'static> HclogLayer<W> {
    fn new(write: W) -> Self {
        Self { write }
    }
}

impl<S, W> Layer<S> for HclogLayer<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Fn(&[u8]) + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(outer) = span.extensions().get::<Fields>() {
                fields.0.extend(outer.0.clone());
            }
        }
        event.record(&mut fields);
        let message = match fields.0.remove("message") {
            Some(Value::String(message)) => message,
            Some(other) => other.to_string(),
            None => String::new(),
        };
        let metadata = event.metadata();
        (self.write)(&line(*metadata.level(), metadata.target(), &message, fields.0));
    }
}

/// One line, newline included, and never 64 KiB long.
fn line(level: Level, module: &str, message: &str, fields: Map<String, Value>) -> Vec<u8> {
    let now = OffsetDateTime::now_utc().format(TIMESTAMP).unwrap_or_default();
    let mut object = Map::new();
    object.insert("@level".to_owned(), level.as_str().to_lowercase().into());
    object.insert("@message".to_owned(), shortened(message).into());
    object.insert("@module".to_owned(), module.into());
    object.insert("@timestamp".to_owned(), now.into());
    let mut with_fields = object.clone();
    for (key, value) in fields {
        // Keys with @ are the host's, and one of the wrong type would crash it.
        if !key.starts_with('@') {
            let value = if let Value::String(text) = value { shortened(&text).into() } else { value };
            with_fields.insert(key, value);
        }
    }
    let mut line = Value::Object(with_fields).to_string();
    if line.len() > LINE_LIMIT {
        object.insert("fields_left_out".to_owned(), "the line would have been too long".into());
        line = Value::Object(object).to_string();
    }
    line.push('\n');
    line.into_bytes()
}

fn shortened(text: &str) -> String {
    if text.len() <= TEXT_LIMIT {
        return text.to_owned();
    }
    let end = (0..=TEXT_LIMIT).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    format!("{}... ({} bytes more)", &text[..end], text.len() - end)
}

#[derive(Default)]
struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").into());
    }
}

const TIMESTAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

/// Below the host's 64 KiB, with room to spare.
const LINE_LIMIT: usize = 60 << 10;

/// One text, in bytes. JSON writes some of them as six, and a line must hold the longest message all the same.
const TEXT_LIMIT: usize = 8 << 10;

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What `act` logs, line by line, with every line parsed.
    fn logged(act: impl FnOnce()) -> Vec<Map<String, Value>> {
        let written = Arc::new(Mutex::new(Vec::new()));
        let sink = written.clone();
        let layer = HclogLayer::new(move |line| sink.lock().expect("not poisoned").push(line.to_vec()));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), act);
        let written = written.lock().expect("not poisoned");
        written
            .iter()
            .map(|line| {
                assert!(line.len() < 64 << 10 && line.ends_with(b"\n"), "{} bytes", line.len());
                assert_eq!(line.iter().filter(|&&byte| byte == b'\n').count(), 1);
                serde_json::from_slice(line).expect("one JSON object")
            })
            .collect()
    }

    #[test]
    fn a_line_is_what_the_host_can_sort() {
        let lines = logged(|| tracing::warn!(attempt = 3, path = "/x", ok = false, "two\nlines"));
        let line = &lines[0];
        assert_eq!(line["@message"], "two\nlines");
        assert_eq!(line["@level"], "warn");
        assert_eq!(line["@module"], module_path!());
        assert_eq!((&line["attempt"], &line["path"], &line["ok"]), (&3.into(), &"/x".into(), &false.into()));
        let timestamp = line["@timestamp"].as_str().expect("a string");
        let shape = regex::Regex::new(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$").expect("a pattern");
        assert!(shape.is_match(timestamp), "{timestamp}");
    }

    #[test]
    fn fields_of_spans_come_along_and_the_innermost_wins() {
        let lines = logged(|| {
            let outer = tracing::info_span!(
                "call",
                tf_rpc = "PlanResourceChange",
                depth = 1,
                late = tracing::field::Empty
            );
            let _outer = outer.enter();
            outer.record("late", "yes");
            let _inner = tracing::info_span!("request", depth = 2).entered();
            tracing::info!("said");
        });
        assert_eq!(lines[0]["tf_rpc"], "PlanResourceChange");
        assert_eq!(lines[0]["depth"], 2);
        assert_eq!(lines[0]["late"], "yes");
    }

    #[test]
    fn the_keys_of_the_host_are_always_strings() {
        let lines = logged(|| {
            tracing::info!("@level" = 5, message = 7);
            tracing::info!(only = "a field");
        });
        assert_eq!(lines[0]["@level"], "info");
        assert_eq!(lines[0]["@message"], "7");
        assert_eq!(lines[1]["@message"], "");
    }

    #[test]
    fn no_line_is_too_long() {
        let (long, worst) = ("é".repeat(40_000), "\u{1}".repeat(40_000));
        let lines = logged(|| {
            tracing::info!(long, "{long}");
            tracing::info!(a = worst, b = worst, "{worst}");
        });
        assert!(lines[0]["long"].as_str().is_some_and(|text| text.ends_with("bytes more)")));
        assert!(lines[1].contains_key("fields_left_out"));
    }

    #[test]
    fn the_most_specific_variable_chooses_the_level() {
        let chosen = |variables: &[(&str, &str)]| {
            level("THING", &|name| {
                variables.iter().find(|(n, _)| *n == name).map(|(_, value)| OsString::from(value))
            })
        };
        assert_eq!(chosen(&[]), LevelFilter::OFF);
        assert_eq!(chosen(&[("TF_LOG", "info")]), LevelFilter::INFO);
        assert_eq!(chosen(&[("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "ERROR")]), LevelFilter::ERROR);
        assert_eq!(
            chosen(&[("TF_LOG_PROVIDER", "TRACE"), ("TF_LOG_PROVIDER_THING", "off")]),
            LevelFilter::OFF
        );
        assert_eq!(chosen(&[("TF_LOG", "DEBUG"), ("TF_LOG_PROVIDER", "")]), LevelFilter::DEBUG);
        assert_eq!(chosen(&[("TF_LOG", "JSON")]), LevelFilter::TRACE);
        assert_eq!(chosen(&[("TF_LOG", "chatty")]), LevelFilter::TRACE);
        assert_eq!(chosen(&[("TF_LOG_PROVIDER_OTHER", "TRACE")]), LevelFilter::OFF);
    }
}
