//! Making what a client sees of an entity.

use serde_json::Value;

use super::{Entity, PropertyKind, Type, Version, Visibility};

impl Type {
    /// The entity as this version shows it. `select` names the wanted properties; none means the default set.
    /// Entities of types with relatives carry `@odata.type`; the emulator's own (`_...`) properties never appear.
    pub(crate) fn show(&'static self, entity: &Entity, version: Version, select: Option<&[&str]>) -> Entity {
        let concrete = self.of(entity);
        let mut shown = Entity::new();
        if concrete.names_itself {
            shown.insert("@odata.type".to_owned(), Value::from(concrete.odata_type()));
        }
        for property in concrete.all_properties() {
            let wanted = match (property.visibility, select) {
                (Visibility::Never, _) => false,
                (Visibility::Always, None) => true,
                (Visibility::OnSelect, None) => false,
                (_, Some(names)) => names.contains(&property.name),
            };
            if !wanted || !property.exists_in(version) || property.kind.is_navigation() {
                continue;
            }
            match entity.get(property.name) {
                Some(value) => {
                    shown.insert(property.name.to_owned(), show_value(&property.kind, value, version));
                }
                None if concrete.is_sparse => {
                    shown.insert(property.name.to_owned(), property.default_value());
                }
                None => {}
            }
        }
        shown
    }
}

fn show_value(kind: &PropertyKind, value: &Value, version: Version) -> Value {
    match (kind, value) {
        (PropertyKind::Complex(complex), Value::Object(entity)) => {
            Value::Object(complex.show(entity, version, None))
        }
        (PropertyKind::Collection(item), Value::Array(values)) => {
            values.iter().map(|value| show_value(item, value, version)).collect()
        }
        _ => value.clone(),
    }
}
