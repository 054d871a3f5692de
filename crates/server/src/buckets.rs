//! How buckets are reached: the settings `s3_…` and the keys from the environment, put together once.

use std::collections::BTreeMap;

use storage::object::s3::{S3Credentials, S3Settings};

use crate::settings::Settings;

pub const ACCESS_KEY_VARIABLE: &str = "HEADWATER_S3_ACCESS_KEY_ID";
pub const SECRET_KEY_VARIABLE: &str = "HEADWATER_S3_SECRET_ACCESS_KEY";
pub const SESSION_TOKEN_VARIABLE: &str = "HEADWATER_S3_SESSION_TOKEN";

/// Variables that are no settings, since what they hold is never printed.
pub const SECRET_VARIABLES: [&str; 3] = [ACCESS_KEY_VARIABLE, SECRET_KEY_VARIABLE, SESSION_TOKEN_VARIABLE];

/// Only one half of a key pair is set.
#[derive(Debug, thiserror::Error)]
#[error("set both {ACCESS_KEY_VARIABLE} and {SECRET_KEY_VARIABLE}, or neither")]
pub struct HalfSet;

/// The settings of S3, whether or not anything uses them.
pub fn s3_settings(
    settings: &Settings,
    environment: &BTreeMap<String, String>,
) -> Result<S3Settings, HalfSet> {
    let keys = (environment.get(ACCESS_KEY_VARIABLE), environment.get(SECRET_KEY_VARIABLE));
    let credentials = match keys {
        (Some(access_key_id), Some(secret_access_key)) => S3Credentials::Keys {
            access_key_id: access_key_id.clone(),
            secret_access_key: secret_access_key.clone(),
            session_token: environment.get(SESSION_TOKEN_VARIABLE).cloned(),
        },
        (None, None) => {
            let of_aws = environment.iter().filter(|(name, _)| name.starts_with("AWS_"));
            S3Credentials::Ambient {
                variables: of_aws.map(|(name, value)| (name.clone(), value.clone())).collect(),
            }
        }
        _ => return Err(HalfSet),
    };
    Ok(S3Settings {
        endpoint: settings.s3_endpoint.clone(),
        region: settings.s3_region.clone(),
        allow_http: settings.s3_allow_http,
        path_style: settings.s3_path_style,
        credentials,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_keys_win_over_those_for_all_programs() {
        let environment = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let aws = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"), ("PATH", "/bin")];
        let ambient = s3_settings(&Settings::default(), &environment(&aws)).unwrap();
        assert_eq!(ambient.credentials, S3Credentials::Ambient { variables: environment(&aws[..2]) });
        let own = [aws[0], aws[1], (ACCESS_KEY_VARIABLE, "c"), (SECRET_KEY_VARIABLE, "d")];
        let own = s3_settings(&Settings::default(), &environment(&own)).unwrap().credentials;
        assert!(
            matches!(own, S3Credentials::Keys { access_key_id, session_token: None, .. } if access_key_id == "c")
        );
        assert!(s3_settings(&Settings::default(), &environment(&[(ACCESS_KEY_VARIABLE, "c")])).is_err());
    }
}
