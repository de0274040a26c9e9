//! The software bill of materials, as CycloneDX 1.5 wants it: what scanners look for known vulnerabilities in.

use anyhow::Result;
use serde_json::{Value, json};

use crate::linked::Package;
use crate::project::{NAME, Project};
use crate::target::Target;

/// The bill of one executable. It says no time and no serial number: the same crates give the same bytes.
pub(crate) fn sbom(project: &Project, target: Target, linked: &[Package]) -> Result<String> {
    let bill = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": NAME,
                "name": NAME,
                "version": project.version,
                "licenses": [{ "expression": "MIT" }],
                "properties": [{ "name": "target", "value": target.triple }],
            },
        },
        "components": linked.iter().map(component).collect::<Vec<_>>(),
        "dependencies": [{ "ref": NAME, "dependsOn": linked.iter().map(address).collect::<Vec<_>>() }],
    });
    Ok(serde_json::to_string_pretty(&bill)? + "\n")
}

fn component(package: &Package) -> Value {
    let mut component = json!({
        "type": "library",
        "bom-ref": address(package),
        "name": package.name,
        "version": package.version,
        "purl": address(package),
    });
    if let Some(licence) = &package.license {
        // Cargo still takes the slash of old manifests, which SPDX never had.
        component["licenses"] = json!([{ "expression": licence.replace('/', " OR ") }]);
    }
    if let Some(repository) = &package.repository {
        component["externalReferences"] = json!([{ "type": "vcs", "url": repository }]);
    }
    component
}

/// The package URL.
fn address(package: &Package) -> String {
    format!("pkg:cargo/{}@{}", package.name, package.version)
}
