//! Enumerations that Graph may extend at any time.

/// Declares an enumeration of strings that keeps members it does not know, so that what Graph adds tomorrow survives
/// being read and written back.
///
/// ```text
/// open_enum! {
///     /// How far the profile's assignment is.
///     pub enum Assignment { NotAssigned = "notAssigned", Pending = "pending" }
/// }
/// ```
#[macro_export]
macro_rules! open_enum {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$doc:meta])* $member:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        $vis enum $name {
            $($(#[$doc])* #[doc = concat!("`", $text, "`")] $member,)+
            /// A member younger than this program.
            Other(String),
        }

        impl $name {
            /// The members known here, as Graph writes them.
            $vis const KNOWN: &'static [&'static str] = &[$($text),+];

            /// The member as Graph writes it.
            $vis fn as_str(&self) -> &str {
                match self {
                    $(Self::$member => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$member,)+
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                Ok(Self::from(text.as_ref()))
            }
        }
    };
}

#[cfg(test)]
mod tests {
    open_enum! {
        /// Profile assignment.
        pub(super) enum Status { NotAssigned = "notAssigned", InSync = "assignedInSync", UnknownSync = "assignedUnkownSyncState" }
    }

    #[test]
    fn a_member_of_tomorrow_survives_a_round_trip() {
        for text in Status::KNOWN.iter().chain(&["assignedByTelepathy", ""]) {
            let json = serde_json::json!(text);
            let status: Status = serde_json::from_value(json.clone()).unwrap();
            assert_eq!(serde_json::to_value(&status).unwrap(), json);
            assert_eq!(status.to_string(), *text);
        }
        assert_eq!(Status::from("assignedUnkownSyncState"), Status::UnknownSync);
        assert_eq!(Status::from("NotAssigned"), Status::Other("NotAssigned".into()));
        assert_ne!(Status::InSync, Status::NotAssigned);
    }
}
