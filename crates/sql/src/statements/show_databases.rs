//! `SHOW DATABASES [LIKE pattern]`: one row per database, sorted.

use model::scan::ReadView;

use super::{Answer, is_wanted, texts};
use crate::analyzer::NamePattern;
use crate::error::SqlError;
use crate::types::Type;

pub(super) fn answer(pattern: Option<&NamePattern>, view: &dyn ReadView) -> Result<Answer, SqlError> {
    let names = view.databases().into_iter().filter(|name| is_wanted(name, pattern));
    Answer::new(vec![("Database", Type::Varchar, texts(names))])
}
