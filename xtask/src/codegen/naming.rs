//! Turns names of the model into names of Rust.

/// `ResourceARN` becomes `resource_arn`, `S3Configuration` becomes `s3_configuration`.
pub fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (position, &current) in chars.iter().enumerate() {
        let previous = position.checked_sub(1).map(|before| chars[before]);
        let next_is_lower = chars.get(position + 1).is_some_and(|next| next.is_ascii_lowercase());
        let starts_word = current.is_ascii_uppercase()
            && previous.is_some_and(|before| !before.is_ascii_uppercase() || next_is_lower);
        if starts_word {
            out.push('_');
        }
        out.push(current.to_ascii_lowercase());
    }
    if out == "type" { "r#type".to_owned() } else { out }
}

/// `SchemaName` becomes `SCHEMA_NAME`.
pub fn screaming(name: &str) -> String {
    snake(name).to_ascii_uppercase()
}

/// `IN_PROGRESS` becomes `InProgress`.
pub fn pascal(name: &str) -> String {
    name.split('_')
        .map(|word| {
            let (first, rest) = word.split_at(word.len().min(1));
            first.to_ascii_uppercase() + &rest.to_ascii_lowercase()
        })
        .collect()
}

/// `DatabaseName` becomes `databaseName`, as constraint messages spell it.
pub fn lower_camel(name: &str) -> String {
    let (first, rest) = name.split_at(name.len().min(1));
    first.to_ascii_lowercase() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (name, want) in [
            ("ResourceARN", "resource_arn"),
            ("S3Configuration", "s3_configuration"),
            ("DataModelS3Configuration", "data_model_s3_configuration"),
            ("MaxQueryTCU", "max_query_tcu"),
            ("KmsKeyId", "kms_key_id"),
            ("Type", "r#type"),
        ] {
            assert_eq!(snake(name), want);
        }
        assert_eq!(pascal("INTERVAL_DAY_TO_SECOND"), "IntervalDayToSecond");
        assert_eq!(pascal("SSE_S3"), "SseS3");
        assert_eq!(lower_camel("ResourceARN"), "resourceARN");
        assert_eq!(screaming("StringValue2048"), "STRING_VALUE2048");
    }
}
