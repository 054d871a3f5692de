//! Puts the sources together: file, then environment, then flags.

use std::collections::BTreeMap;

use storage::metastore::without_password;

use crate::buckets::SECRET_VARIABLES;

use super::{SETTINGS, Settings, SettingsError};

/// Texts of settings by key, from each source.
#[derive(Debug, Default)]
pub struct Sources {
    /// Name and contents of the TOML file.
    pub file: Option<(String, String)>,
    /// All environment variables of the process.
    pub environment: BTreeMap<String, String>,
    /// Flags that were given, by key.
    pub flags: BTreeMap<String, String>,
}

/// Settles the value of every setting.
pub fn load(sources: &Sources) -> Result<Settings, SettingsError> {
    let mut settings = Settings::default();
    if let Some((name, text)) = &sources.file {
        for (key, value) in file_entries(name, text)? {
            if !SETTINGS.iter().any(|setting| setting.key == key) {
                return Err(SettingsError::UnknownKey { source_name: name.clone(), key });
            }
            apply(&mut settings, name, &key, &value)?;
        }
    }
    for setting in SETTINGS {
        let variable = setting.variable();
        if let Some(value) = sources.environment.get(&variable) {
            apply(&mut settings, &format!("environment {variable}"), setting.key, value)?;
        }
    }
    for (key, value) in &sources.flags {
        apply(&mut settings, "command line", key, value)?;
    }
    settings.check()?;
    Ok(settings)
}

impl Sources {
    /// Variables that look like settings but are none, most likely misspelt.
    pub fn unknown_variables(&self) -> impl Iterator<Item = &str> {
        let known = |name: &str| {
            name.starts_with("HEADWATER_ROOT_")
                || SECRET_VARIABLES.contains(&name)
                || SETTINGS.iter().any(|setting| setting.variable() == name)
        };
        self.environment
            .keys()
            .map(String::as_str)
            .filter(move |name| name.starts_with("HEADWATER_") && !known(name))
    }
}

fn file_entries(name: &str, text: &str) -> Result<Vec<(String, String)>, SettingsError> {
    let refuse = |reason: String| SettingsError::Toml { source_name: name.to_owned(), reason };
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| refuse(error.to_string()))?;
    let mut entries = Vec::with_capacity(table.len());
    for (key, value) in table {
        let text = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Boolean(flag) => flag.to_string(),
            toml::Value::Datetime(instant) => instant.to_string(),
            toml::Value::Float(_) | toml::Value::Array(_) | toml::Value::Table(_) => {
                return Err(refuse(format!(
                    "setting {key} must be a string, an integer, a boolean or a date"
                )));
            }
        };
        entries.push((key, text));
    }
    Ok(entries)
}

fn apply(settings: &mut Settings, source_name: &str, key: &str, value: &str) -> Result<(), SettingsError> {
    let unknown = || SettingsError::UnknownKey { source_name: source_name.to_owned(), key: key.to_owned() };
    let setting = SETTINGS.iter().find(|setting| setting.key == key).ok_or_else(unknown)?;
    (setting.set)(settings, value).map_err(|reason| SettingsError::Value {
        source_name: source_name.to_owned(),
        key: key.to_owned(),
        value: without_password(value),
        reason,
    })
}
