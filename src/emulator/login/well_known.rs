//! Microsoft's own applications, which every tenant knows.

use crate::emulator::world::applications::Application;

/// The Azure CLI: a public client with permissions that are fixed and cannot be added to.
///
/// Source of the permissions: tokens in Azure/azure-cli#20572 and #33062.
pub(crate) fn azure_cli() -> Application {
    Application {
        client_id: "04b07795-8ddb-461a-bbee-02f9e1bf7b46".to_owned(),
        display_name: "Microsoft Azure CLI".to_owned(),
        public_client: true,
        redirect_uris: vec!["http://localhost".to_owned()],
        preauthorized: names(&[
            "AuditLog.Read.All",
            "Directory.AccessAsUser.All",
            "Group.ReadWrite.All",
            "User.ReadWrite.All",
        ]),
        ..Application::default()
    }
}

/// Microsoft Graph Command Line Tools: a public client that may ask for any permission of Graph.
///
/// Source: `Connect-MgGraph` of the Microsoft Graph PowerShell SDK.
pub(crate) fn graph_command_line_tools() -> Application {
    Application {
        client_id: "14d82eec-204b-4c2f-b7e8-296a70dab67e".to_owned(),
        display_name: "Microsoft Graph Command Line Tools".to_owned(),
        public_client: true,
        redirect_uris: vec!["http://localhost".to_owned()],
        ..Application::default()
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}
