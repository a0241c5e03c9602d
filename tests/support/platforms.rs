//! A device of every platform, its form filled in with what the platform proposes.

use std::time::Duration;

use crate::console::Console;
use device_console::engine::seam::{
    AnswerRule, ConnectionSettings, ConnectionState, DeviceCommand, FormValues, Profile, Target,
};
use device_console::platform::{self, Declaration, Dialect, FormField, Input};

pub fn by_name(name: &str) -> &'static dyn Dialect {
    let id = platform::DialectId(name.to_owned().into());
    platform::by_id(&id).unwrap_or_else(|| panic!("no dialect {name}"))
}

pub fn defaults(fields: &[FormField]) -> FormValues {
    fields
        .iter()
        .map(|field| {
            // Which secret is needed depends on the way of logging in; the usual one is taken.
            let needed = field.required || field.key == "device_secret";
            let value = match field.input {
                Input::Secret if needed => "auth123",
                _ => &field.default,
            };
            (field.key.to_string(), value.to_owned())
        })
        .collect()
}

pub fn profile_of(dialect: &dyn Dialect) -> Profile {
    let declaration = dialect.declaration();
    let mut identity = defaults(&declaration.identity);
    for (key, value) in [("ext", "1"), ("topics", "room/1"), ("streams", "modbus")] {
        if let Some(field) = identity.get_mut(key) {
            value.clone_into(field);
        }
    }
    Profile {
        name: "device".to_owned(),
        dialect: declaration.id,
        target: Target::Simulated,
        identity,
        connection: ConnectionSettings::default(),
        answer: AnswerRule {
            automatic: true,
            kinds: Default::default(),
        },
    }
}

pub fn connected(dialect: &dyn Dialect) -> (Console, Declaration) {
    let mut console = Console::with_profile(profile_of(dialect), false);
    console.device(DeviceCommand::Connect);
    console.advance(Duration::from_secs(1));
    let declaration = dialect.declaration();
    let connection = console.page.connection.as_ref().expect("a connection");
    assert!(
        matches!(connection.state, ConnectionState::Connected { .. }),
        "{}: {connection:?}",
        declaration.id.0
    );
    (console, declaration)
}
