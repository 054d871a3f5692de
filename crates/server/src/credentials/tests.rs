use std::path::PathBuf;

use model::entropy::SeededEntropy;
use storage::fs::sim::SimFs;

use super::*;

fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

#[test]
fn a_key_pair_is_made_once_and_found_again() {
    let fs = SimFs::new();
    let path = PathBuf::from("/credentials");
    let entropy = SeededEntropy::new(1);
    let made = KeyPair::settle(&environment(&[]), &fs, &path, &entropy).unwrap();
    let found = KeyPair::settle(&environment(&[]), &fs, &path, &entropy).unwrap();
    assert_eq!(made.access_key_id, found.access_key_id);
    assert_eq!(made.secret_access_key, found.secret_access_key);
    assert_eq!(made.secret_access_key.len(), GENERATED_SECRET_CHARS);
    assert!(!format!("{made:?}").contains(made.secret_access_key.as_str()));
}

#[test]
fn the_environment_wins_and_must_be_whole() {
    let fs = SimFs::new();
    let path = PathBuf::from("/credentials");
    let settle =
        |pairs: &[(&str, &str)]| KeyPair::settle(&environment(pairs), &fs, &path, &SeededEntropy::new(1));
    let pair = settle(&[(ACCESS_KEY_VARIABLE, "AKIDROOT"), (SECRET_KEY_VARIABLE, "secret/+key")]).unwrap();
    assert_eq!(pair.access_key_id, "AKIDROOT");
    assert!(fs::find(&fs, &path).unwrap().is_none(), "given secrets are not written");
    for wrong in [
        &[(ACCESS_KEY_VARIABLE, "AKIDROOT")][..],
        &[(SECRET_KEY_VARIABLE, "secret/+key")],
        &[(ACCESS_KEY_VARIABLE, "A/B"), (SECRET_KEY_VARIABLE, "secret/+key")],
        &[(ACCESS_KEY_VARIABLE, "AKIDROOT"), (SECRET_KEY_VARIABLE, "short")],
    ] {
        assert!(settle(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn shared_credentials_files_are_read() {
    let text = "# mine\n[other]\naws_access_key_id=AKIAOTHER\n\n[default]\nregion = x\naws_access_key_id = AKIAROOT\n\
                aws_secret_access_key = abc=def/ghi\n";
    let pair = parse(text).unwrap();
    assert_eq!(pair.access_key_id, "AKIAROOT");
    assert_eq!(pair.secret_access_key.as_str(), "abc=def/ghi");
    for wrong in
        ["", "[default]\naws_access_key_id = AKIAROOT\n", "aws_access_key_id = A\naws_secret_access_key = b"]
    {
        assert!(parse(wrong).is_none(), "{wrong}");
    }
}
