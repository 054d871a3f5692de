//! Every setting of the server, defined once: [`SETTINGS`] gives the keys of the TOML file, the names of the environment
//! variables (`HEADWATER_` and the key in capitals) and the flags (`--` and the key with dashes).
//!
//! A flag wins over the environment, the environment over the file, the file over the default. An unknown key in the
//! file is refused. Secrets are no settings: they are never printed (see [`crate::credentials`]).

mod definition;
mod sources;
mod value;

pub use definition::{SETTINGS, Setting, Settings};
pub use sources::{Sources, load};
pub use value::{LogFormat, MetastorePlace, ObjectPlace, OptionalInstant};

#[cfg(test)]
mod tests;

/// Why the settings can't be used. Each message names the setting and where its value came from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    #[error("{source_name}: unknown setting key=`{key}`")]
    UnknownKey { source_name: String, key: String },
    #[error("{source_name}: setting {key} {reason} value=`{value}`")]
    Value { source_name: String, key: String, value: String, reason: String },
    #[error("{source_name}: not valid TOML: {reason}")]
    Toml { source_name: String, reason: String },
    #[error("{source_name}: the file can't be read: {reason}")]
    Unreadable { source_name: String, reason: String },
    #[error("{0}")]
    Relation(String),
}

/// All settings with their documentation, as a TOML file that sets them to these values.
pub fn print(settings: &Settings) -> String {
    let mut text = String::from(
        "# Settings of headwater. A flag wins over the environment, the environment over this file.\n",
    );
    for setting in SETTINGS {
        text.push('\n');
        for line in setting.doc {
            text.push('#');
            text.push_str(line);
            text.push('\n');
        }
        text.push_str(&format!("# Flag --{}, environment {}.\n", setting.flag(), setting.variable()));
        match (setting.get)(settings) {
            Some(value) => text.push_str(&format!("{} = {}\n", setting.key, value)),
            None => text.push_str(&format!("# {} is not set\n", setting.key)),
        }
    }
    text
}
