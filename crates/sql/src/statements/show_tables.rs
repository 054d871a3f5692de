//! `SHOW TABLES [FROM database] [LIKE pattern]`: one row per table, sorted. Without a database it lists the tables of
//! all, database by database, because no database is the default one.

use model::scan::ReadView;

use super::{Answer, is_wanted, texts};
use crate::analyzer::NamePattern;
use crate::error::SqlError;
use crate::types::Type;

pub(super) fn answer(
    database: Option<&str>,
    pattern: Option<&NamePattern>,
    view: &dyn ReadView,
) -> Result<Answer, SqlError> {
    let databases = match database {
        Some(database) => vec![database.to_owned()],
        None => view.databases(),
    };
    let tables = databases.iter().flat_map(|database| view.tables(database).unwrap_or_default());
    Answer::new(vec![("Table", Type::Varchar, texts(tables.filter(|name| is_wanted(name, pattern))))])
}
