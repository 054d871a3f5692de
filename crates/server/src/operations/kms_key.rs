//! Key ids in the forms that clients give, as the ARN that answers show. Data is not encrypted with them yet.

use wire::ApiError;

use crate::arn::ArnScope;

/// Stands for the key that the service manages where a database names none.
const SERVICE_KEY: &str = "4e617469-7665-4b65-8968-656164776174";

/// The ARN of a key given as key id, key ARN, alias or alias ARN; without one the service's own.
///
/// # Errors
/// ValidationException for a text of another form.
pub fn resolve(scope: ArnScope<'_>, given: Option<&str>) -> Result<String, ApiError> {
    let arn = |resource: String| format!("arn:aws:kms:{}:{}:{resource}", scope.region, scope.account);
    let Some(given) = given else { return Ok(arn(format!("key/{SERVICE_KEY}"))) };
    let resource = match given.strip_prefix("arn:aws:kms:") {
        Some(rest) => rest.splitn(3, ':').nth(2),
        None => Some(given),
    };
    let plain = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_/".contains(&byte))
    };
    let is_arn = given.starts_with("arn:");
    match resource {
        Some(alias) if alias.strip_prefix("alias/").is_some_and(plain) => {
            Ok(if is_arn { given.to_owned() } else { arn(alias.to_owned()) })
        }
        Some(key) if is_arn && key.strip_prefix("key/").is_some_and(plain) => Ok(given.to_owned()),
        Some(id) if !is_arn && plain(id) && !id.contains('/') => Ok(arn(format!("key/{id}"))),
        _ => {
            Err(ApiError::validation(format!("The KMS key {given} is not a key id, a key ARN or an alias.")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_four_forms() {
        let scope = ArnScope { region: "r", account: "1" };
        for (given, expected) in [
            ("ab-12", "arn:aws:kms:r:1:key/ab-12"),
            ("alias/x/y", "arn:aws:kms:r:1:alias/x/y"),
            ("arn:aws:kms:q:2:key/ab", "arn:aws:kms:q:2:key/ab"),
            ("arn:aws:kms:q:2:alias/ab", "arn:aws:kms:q:2:alias/ab"),
        ] {
            assert_eq!(resolve(scope, Some(given)).as_deref(), Ok(expected));
        }
        for wrong in ["", "a b", "key/ab", "alias/", "arn:aws:kms:q:2:ab", "arn:aws:s3:::b", "a:b"] {
            assert!(resolve(scope, Some(wrong)).is_err(), "{wrong}");
        }
    }
}
