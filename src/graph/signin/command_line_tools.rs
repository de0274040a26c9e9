//! The application as which a person signs in who names no other.

/// Microsoft Graph Command Line Tools: Microsoft's own public client for signing people in to Graph, to which any
/// delegated permission can be consented. `Connect-MgGraph` uses it. That it is given
/// `Policy.ReadWrite.MobilityManagement` is contradicted nowhere and proven nowhere.
pub const GRAPH_COMMAND_LINE_TOOLS: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";
