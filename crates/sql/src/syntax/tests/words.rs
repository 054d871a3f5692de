//! The words of the grammar: which need quotes, and that all others are names.

use crate::syntax::keyword::Keyword;
use crate::syntax::parse_statement;

/// The reserved words, from sql.md 2.1.
const RESERVED: &str = "ALTER AND AS BETWEEN BY CASE CAST CONSTRAINT CREATE CROSS CUBE CURRENT_DATE CURRENT_TIME \
    CURRENT_TIMESTAMP CURRENT_USER DEALLOCATE DELETE DESCRIBE DISTINCT DROP ELSE END ESCAPE EXCEPT EXECUTE EXISTS EXTRACT \
    FALSE FOR FROM FULL GROUP GROUPING HAVING IN INNER INSERT INTERSECT INTO IS JOIN LEFT LIKE LOCALTIME LOCALTIMESTAMP \
    NATURAL NORMALIZE NOT NULL ON OR ORDER OUTER PREPARE RECURSIVE RIGHT ROLLUP SELECT TABLE THEN TRUE UESCAPE UNION \
    UNNEST USING VALUES WHEN WHERE WITH";

#[test]
fn the_reserved_words_are_those_of_the_contract() {
    let reserved = Keyword::ALL.iter().filter(|keyword| keyword.is_reserved());
    let words: Vec<&str> = reserved.map(|keyword| keyword.text()).collect();
    assert_eq!(words.join(" "), RESERVED);
}

#[test]
fn every_keyword_is_found_in_any_case() {
    for keyword in Keyword::ALL {
        assert_eq!(Keyword::of(keyword.text()), Some(*keyword));
        assert_eq!(Keyword::of(&keyword.text().to_lowercase()), Some(*keyword));
    }
    assert_eq!(Keyword::of("device_id"), None);
    assert_eq!(Keyword::of("a_word_longer_than_any_keyword"), None);
}

#[test]
fn words_that_are_not_reserved_name_anything_without_quotes() {
    let uses = [
        "SELECT #",
        "SELECT a, # FROM t",
        "SELECT 1 AS #",
        "SELECT 1 # FROM t",
        "SELECT #.# + 1 FROM a.# #",
        "SELECT f(#), #(a), (#) FROM t AS #(#) WHERE # = 1 GROUP BY # ORDER BY #",
        "WITH # AS (SELECT 1) SELECT * FROM # WHERE # IS NOT NULL AND NOT # IN (#)",
        "SELECT # -> # + 1",
    ];
    // The words that begin a special form when a parenthesis follows.
    let forms = ["POSITION", "ROW", "SUBSTRING", "TRIM", "TRY", "TRY_CAST"];
    for keyword in Keyword::ALL.iter().filter(|keyword| !keyword.is_reserved()) {
        for pattern in uses {
            let text = pattern.replace("#(a)", if forms.contains(&keyword.text()) { "#" } else { "#(a)" });
            let text = text.replace('#', &keyword.text().to_lowercase());
            assert!(parse_statement(&text).is_ok(), "{text}: {:?}", parse_statement(&text).err());
        }
    }
}

#[test]
fn reserved_words_need_quotes() {
    for keyword in Keyword::ALL.iter().filter(|keyword| keyword.is_reserved()) {
        let text = format!("SELECT 1 AS {}", keyword.text());
        assert!(parse_statement(&text).is_err(), "{text}");
        let quoted = format!("SELECT 1 AS \"{}\"", keyword.text());
        assert!(parse_statement(&quoted).is_ok(), "{quoted}");
    }
}
