//! Errors in Graph's words.
//!
//! A handler says *what* is wrong ([`GraphError`]); how it looks depends on the service that answers: directory errors
//! are plain, Intune's carry a JSON document in their message. [`GraphError::body`] puts on the envelope.

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::model::{Mismatch, Version};

/// The service behind the gateway that answers for a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Service {
    /// Users, groups, devices, policies.
    Directory,
    /// Everything below `/deviceManagement` and `/deviceAppManagement`.
    Intune,
}

impl Service {
    /// By the first segment after the version.
    pub(crate) fn of(first_segment: &str) -> Self {
        match first_segment.to_ascii_lowercase().as_str() {
            "devicemanagement" | "deviceappmanagement" => Self::Intune,
            _ => Self::Directory,
        }
    }
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GraphError {
    pub(crate) status: StatusCode,
    pub(crate) code: String,
    pub(crate) message: String,
    /// Whether the message becomes Intune's nested document.
    pub(crate) nested: bool,
    /// Headers beside the usual ones, such as `Retry-After`.
    pub(crate) headers: Box<HeaderMap>,
    /// The `target` and `details` some directory errors carry.
    pub(crate) extra: Option<Box<Value>>,
}

impl GraphError {
    pub(crate) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        let (code, message) = (code.to_owned(), message.into());
        Self { status, code, message, nested: false, headers: Box::default(), extra: None }
    }

    /// 400 from the gateway or an OData reader.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    /// 400 `Request_BadRequest`, the directory's general refusal.
    pub(crate) fn directory(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Request_BadRequest", message)
    }

    /// 404 `Request_ResourceNotFound`.
    pub(crate) fn directory_not_found(id: &str) -> Self {
        let message = format!(
            "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
        );
        Self::new(StatusCode::NOT_FOUND, "Request_ResourceNotFound", message)
    }

    /// A refusal by the Intune back end; an empty text becomes its usual `An error has occurred`.
    pub(crate) fn intune(status: StatusCode, code: &str, text: impl Into<String>) -> Self {
        Self { nested: true, ..Self::new(status, code, text) }
    }

    /// 400 `BadRequest` from the Intune back end.
    pub(crate) fn intune_bad_request(text: impl Into<String>) -> Self {
        Self::intune(StatusCode::BAD_REQUEST, "BadRequest", text)
    }

    /// 404 `ResourceNotFound` from the Intune back end.
    pub(crate) fn intune_not_found() -> Self {
        Self::intune(StatusCode::NOT_FOUND, "ResourceNotFound", "")
    }

    /// 400 from Intune's OData layer, which names the path as the front end sees it.
    pub(crate) fn no_route(template: &str, method: &Method, path: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "No method match route template",
            format!(
                "No OData route exists that match template {template} with http verb {method} for request {}{path}.",
                front_end(path)
            ),
        )
    }

    /// A missing object, in the words of the service.
    pub(crate) fn not_found(service: Service, id: &str) -> Self {
        match service {
            Service::Directory => Self::directory_not_found(id),
            Service::Intune => Self::intune_not_found(),
        }
    }

    /// 429.
    pub(crate) fn too_many_requests(retry_after: u64) -> Self {
        let message =
            "Too many requests. Please wait for the time given in Retry-After before you try again.";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", message).with_retry_after(retry_after)
    }

    pub(crate) fn with_retry_after(mut self, seconds: u64) -> Self {
        self.headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        self
    }

    /// A body that does not fit its type, in the words of the service.
    pub(crate) fn mismatch(service: Service, mismatch: &Mismatch) -> Self {
        match service {
            Service::Directory => Self::directory(in_directory_words(mismatch)),
            Service::Intune => match mismatch {
                Mismatch::Missing { .. } | Mismatch::ReadOnly { .. } => {
                    Self::intune_bad_request(in_odata_words(mismatch))
                }
                _ => Self::new(StatusCode::BAD_REQUEST, "ModelValidationFailure", in_odata_words(mismatch)),
            },
        }
    }

    /// The envelope.
    pub(crate) fn body(&self, scene: &ErrorContext<'_>) -> Value {
        let message = match self.nested {
            true => nested_message(&self.message, scene),
            false => self.message.clone(),
        };
        let mut error = json!({
            "code": self.code,
            "message": message,
            "innerError": inner_error(scene),
        });
        if let (Some(Value::Object(extra)), Value::Object(error)) = (self.extra.as_deref(), &mut error) {
            error.extend(extra.clone());
        }
        json!({ "error": error })
    }
}

/// What an error tells about the request it answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ErrorContext<'a> {
    pub(crate) request_id: &'a str,
    pub(crate) client_request_id: &'a str,
    pub(crate) date: OffsetDateTime,
    /// None outside a version.
    pub(crate) version: Option<Version>,
    /// Without the version: `/deviceManagement/...`.
    pub(crate) path: &'a str,
}

fn inner_error(scene: &ErrorContext<'_>) -> Value {
    let format = time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    json!({
        "date": scene.date.format(format).unwrap_or_default(),
        "request-id": scene.request_id,
        "client-request-id": scene.client_request_id,
    })
}

/// The JSON text that Intune puts into `error.message`.
fn nested_message(text: &str, scene: &ErrorContext<'_>) -> String {
    let version = match scene.version {
        Some(Version::Beta) => "5026-01-09",
        _ => "2026-01-09",
    };
    let text = if text.is_empty() { "An error has occurred" } else { text };
    let message = format!(
        "{text} - Operation ID (for customer support): 00000000-0000-0000-0000-000000000000 - Activity ID: {} - \
         Url: https://fef.emulated01.manage.microsoft.com{}{}?api-version={version}",
        scene.client_request_id,
        front_end(scene.path),
        scene.path,
    );
    let mut document = String::from("{\r\n  \"_version\": 3,\r\n  \"Message\": ");
    document.push_str(&Value::from(message).to_string());
    document.push_str(
        ",\r\n  \"CustomApiErrorPhrase\": \"\",\r\n  \"RetryAfter\": null,\r\n  \"ErrorSourceService\": \"\",\
         \r\n  \"HttpHeaders\": \"{}\"\r\n}",
    );
    document
}

/// The part of Intune that answers. Sources: docs #9787 (devices), docs-contrib #1298 (profiles), and reports about apps.
fn front_end(path: &str) -> &'static str {
    if path.starts_with("/deviceManagement/managedDevices") {
        "/DeviceFE/StatelessDeviceFEService"
    } else if path.starts_with("/deviceAppManagement") {
        "/AppLifecycle/StatelessAppMetadataFEService"
    } else {
        "/DeviceEnrollmentFE/StatelessDeviceEnrollmentFEService"
    }
}

fn in_directory_words(mismatch: &Mismatch) -> String {
    match mismatch {
        Mismatch::UnknownProperty { property, .. } => format!("Invalid property '{property}'."),
        Mismatch::ReadOnly { property, .. } => {
            format!("Property '{property}' is read-only and cannot be set.")
        }
        Mismatch::Missing { property, on } | Mismatch::Null { property, on, .. } => {
            format!("A value is required for property '{property}' of resource '{}'.", capitalized(on))
        }
        other => in_odata_words(other),
    }
}

fn in_odata_words(mismatch: &Mismatch) -> String {
    match mismatch {
        Mismatch::UnknownProperty { property, on } => format!(
            "The property '{property}' does not exist on type 'microsoft.graph.{on}'. Make sure to only use \
             property names that are defined by the type."
        ),
        Mismatch::ReadOnly { property, on } => {
            format!(
                "The property '{property}' on type 'microsoft.graph.{on}' is read-only and cannot be set."
            )
        }
        Mismatch::Missing { property, on } => {
            format!("The property '{property}' on type 'microsoft.graph.{on}' is required.")
        }
        Mismatch::Null { property, kind, .. } => format!(
            "A null value was found for the property named '{property}', which has the expected type \
             '{kind}[Nullable=False]'. The expected type '{kind}[Nullable=False]' does not allow null values."
        ),
        Mismatch::Literal { literal, kind } => {
            format!("Cannot convert the literal '{literal}' to the expected type '{kind}'.")
        }
        Mismatch::Shape { property, kind } => {
            format!("The value of the property '{property}' does not have the expected shape of '{kind}'.")
        }
        Mismatch::MissingType { of } => format!(
            "The type 'microsoft.graph.{of}' is abstract. An '@odata.type' that names a derived type must be given."
        ),
        Mismatch::UnknownType { name } => format!(
            "A type named '{}' could not be resolved by the model. When a model is available, each type name must \
             resolve to a valid type.",
            name.trim_start_matches('#')
        ),
        Mismatch::AbstractType { name } => {
            format!("Cannot create an instance of the abstract type 'microsoft.graph.{name}'.")
        }
    }
}

fn capitalized(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
