//! The rules of tags (api.md 2.4). Lengths are checked by the constraints of the model.

use model::catalog::Tag;
use storage::metastore::catalog::Resource as StoredResource;
use wire::ApiError;
use wire::write::input;

use crate::arn::Resource;
use crate::node::Node;

/// Checks the tags of a request.
///
/// # Errors
/// ValidationException for a reserved or repeated key, or a character that tags can't have.
pub fn checked(given: &[input::Tag<'_>]) -> Result<Vec<Tag>, ApiError> {
    let mut tags: Vec<Tag> = Vec::with_capacity(given.len());
    for tag in given {
        let (key, value) = (tag.key(), tag.value());
        if key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) {
            return Err(ApiError::validation("Tag keys that begin with aws: are reserved."));
        }
        if !key.chars().chain(value.chars()).all(is_allowed) {
            let rule = "Tags can only contain letters, digits, spaces and the characters + - = . _ : / @.";
            return Err(ApiError::validation(rule));
        }
        if tags.iter().any(|other| other.key == key) {
            return Err(ApiError::validation(format!("The tag key {key} is given more than once.")));
        }
        tags.push(Tag { key: key.to_owned(), value: value.to_owned() });
    }
    Ok(tags)
}

fn is_allowed(c: char) -> bool {
    c.is_alphanumeric() || c == ' ' || "+-=._:/@".contains(c)
}

/// Finds the resource that a tag operation of either API names.
///
/// # Errors
/// ValidationException for a text that is no ARN of this service, ResourceNotFoundException for an ARN that names
/// nothing here.
pub fn resource<'a>(node: &Node, arn: &'a str) -> Result<StoredResource<'a>, ApiError> {
    if !arn.starts_with("arn:aws:timestream:") {
        return Err(ApiError::validation("The resource ARN is not an ARN of this service."));
    }
    match node.arns().parse(arn) {
        Some(Resource::Database(name)) => Ok(StoredResource::Database(name)),
        Some(Resource::Table { database, table }) => Ok(StoredResource::Table { database, table }),
        // There are no scheduled queries yet, so none is found.
        Some(Resource::ScheduledQuery(_)) | None => {
            Err(ApiError::not_found(format!("The resource {arn} does not exist.")))
        }
    }
}
