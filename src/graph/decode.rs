//! What of an answer is read by name, read into a structure.

use serde::Deserialize;

use super::Json;
use super::error::Error;
use super::error_kind::ErrorKind;

/// Reads an answer, or a part of one, into a structure that names what is needed of it. Whatever may be null, which in Graph
/// is nearly everything, is an `Option` there; an enumeration that Microsoft may extend is text.
///
/// # Errors
/// [`ErrorKind::UnexpectedAnswer`] when what is named is missing or of another kind, with its place. The text quotes no content.
pub(crate) fn decode<'a, T: Deserialize<'a>>(answer: &'a Json) -> Result<T, Error> {
    serde_path_to_error::deserialize(answer).map_err(|error| {
        let place = error.path().to_string();
        let at =
            if place == "." { String::new() } else { format!(", at `{}`", super::foreign::tame(&place)) };
        Error::new(
            ErrorKind::UnexpectedAnswer,
            format!("Microsoft Graph answered with an object of another shape than it documents{at}"),
        )
    })
}

/// The same of each row of a list.
pub(crate) fn decode_all<'a, T: Deserialize<'a>>(rows: &'a [Json]) -> Result<Vec<T>, Error> {
    rows.iter().map(decode).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Device {
        id: String,
        serial_number: Option<String>,
        state: Option<State>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct State {
        device_error_code: Option<i64>,
    }

    #[test]
    fn what_is_not_named_or_null_does_not_matter() {
        let expected = Device { id: "a".to_owned(), serial_number: None, state: None };
        for answer in
            [json!({"id": "a", "more": [1]}), json!({"id": "a", "serialNumber": null, "state": null})]
        {
            assert_eq!(decode::<Device>(&answer).unwrap(), expected);
        }
    }

    #[test]
    fn what_is_of_another_shape_is_an_unexpected_answer_that_names_the_place_and_no_content() {
        for (answer, place) in [
            (json!({"id": "a", "serialNumber": 7}), ", at `serialNumber`"),
            (json!({"id": "a", "state": {"deviceErrorCode": "secret"}}), ", at `state.deviceErrorCode`"),
            (json!({"serialNumber": "secret"}), "documents"),
            (json!("secret"), "documents"),
        ] {
            let error = decode::<Device>(&answer).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer);
            assert!(error.what().ends_with(place) && !error.what().contains("secret"), "{}", error.what());
        }
    }
}
