//! What the SQL of the metastore needs from a database: transactions, statements with values, rows with three types.

use std::borrow::Cow;
use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use super::failed;
use crate::error::Result;

/// The types of all columns: BIGINT, TEXT, BYTEA.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Integer,
    Text,
    Bytes,
}

/// A value of a kind; `None` for NULL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    Integer(Option<i64>),
    Text(Option<Cow<'a, str>>),
    Bytes(Option<Cow<'a, [u8]>>),
}

/// A statement with the values of `$1`, `$2` and so on.
#[derive(Debug)]
pub struct Statement<'a> {
    pub(in crate::metastore) sql: &'static str,
    pub(in crate::metastore) values: Vec<Value<'a>>,
    /// It must find exactly one row.
    pub(in crate::metastore) needs_row: bool,
}

impl<'a> Statement<'a> {
    pub(in crate::metastore) fn new(sql: &'static str) -> Self {
        Self { sql, values: Vec::new(), needs_row: false }
    }

    pub(super) fn needing_a_row(self) -> Self {
        Self { needs_row: true, ..self }
    }

    pub(in crate::metastore) fn integer(self, value: i64) -> Self {
        self.with(Value::Integer(Some(value)))
    }

    pub(super) fn integer_or_null(self, value: Option<i64>) -> Self {
        self.with(Value::Integer(value))
    }

    pub(in crate::metastore) fn text(self, value: impl Into<Cow<'a, str>>) -> Self {
        self.with(Value::Text(Some(value.into())))
    }

    pub(super) fn text_or_null(self, value: Option<&'a str>) -> Self {
        self.with(Value::Text(value.map(Cow::Borrowed)))
    }

    pub(super) fn bytes(self, value: &'a [u8]) -> Self {
        self.bytes_or_null(Some(value))
    }

    pub(super) fn bytes_or_null(self, value: Option<&'a [u8]>) -> Self {
        self.with(Value::Bytes(value.map(Cow::Borrowed)))
    }

    fn with(mut self, value: Value<'a>) -> Self {
        self.values.push(value);
        self
    }
}

pub(in crate::metastore) type Column = (&'static str, Kind);

/// A SELECT and the columns that it answers, in their order.
#[derive(Debug)]
pub struct Query {
    pub(in crate::metastore) sql: &'static str,
    pub(in crate::metastore) columns: &'static [Column],
}

/// A row of an answer.
#[derive(Debug)]
pub struct Row {
    pub(in crate::metastore) columns: &'static [Column],
    pub(in crate::metastore) values: Vec<Value<'static>>,
}

impl Row {
    fn value(&self, name: &str) -> Result<&Value<'static>> {
        let position = self.columns.iter().position(|(column, _)| *column == name);
        let value = position.and_then(|position| self.values.get(position));
        value.ok_or_else(|| failed("a column of the metastore is missing"))
    }

    pub(super) fn find_integer(&self, name: &str) -> Result<Option<i64>> {
        match self.value(name)? {
            Value::Integer(value) => Ok(*value),
            _ => Err(failed("a column of the metastore is no integer")),
        }
    }

    pub(super) fn find_text(&self, name: &str) -> Result<Option<String>> {
        match self.value(name)? {
            Value::Text(value) => Ok(value.as_ref().map(|text| text.clone().into_owned())),
            _ => Err(failed("a column of the metastore is no text")),
        }
    }

    pub(super) fn find_bytes(&self, name: &str) -> Result<Option<Vec<u8>>> {
        match self.value(name)? {
            Value::Bytes(value) => Ok(value.as_ref().map(|bytes| bytes.clone().into_owned())),
            _ => Err(failed("a column of the metastore is no bytes")),
        }
    }

    pub(super) fn integer(&self, name: &str) -> Result<i64> {
        self.find_integer(name)?.ok_or_else(null)
    }

    pub(super) fn text(&self, name: &str) -> Result<String> {
        self.find_text(name)?.ok_or_else(null)
    }

    pub(super) fn bytes(&self, name: &str) -> Result<Vec<u8>> {
        self.find_bytes(name)?.ok_or_else(null)
    }

    pub(super) fn unsigned(&self, name: &str) -> Result<u64> {
        u64::try_from(self.integer(name)?).map_err(|_| failed("a number of the metastore is negative"))
    }

    pub(super) fn small(&self, name: &str) -> Result<u32> {
        u32::try_from(self.integer(name)?).map_err(|_| failed("a number of the metastore is too large"))
    }
}

fn null() -> crate::error::StorageError {
    failed("a column of the metastore is null")
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// All its queries see one state.
    Read,
    Write,
}

/// A database of one kind.
#[async_trait]
pub trait Driver: Send + Sync + Debug {
    async fn begin(&self, mode: Mode) -> Result<Box<dyn DriverTransaction>>;

    /// How long a transaction may take, where one may wait for ever.
    fn answer_max(&self) -> Option<Duration> {
        None
    }

    /// Ends all connections.
    async fn close(&self);
}

/// Undone unless it is committed.
#[async_trait]
pub trait DriverTransaction: Send {
    /// Answers how many rows it changed.
    async fn execute(&mut self, statement: &Statement<'_>) -> Result<u64>;

    async fn fetch(&mut self, query: &Query) -> Result<Vec<Row>>;

    async fn commit(self: Box<Self>) -> Result<()>;
}

/// Implements [`DriverTransaction`] for the transactions of one of sqlx's databases; `$wrap` makes its errors ours.
/// sqlx's traits can't be named for all databases at once without repeating them at every function.
macro_rules! driver_transaction {
    ($database:ty, $wrap:path) => {
        #[async_trait::async_trait]
        impl $crate::metastore::sql::DriverTransaction for sqlx::Transaction<'static, $database> {
            async fn execute(
                &mut self,
                statement: &$crate::metastore::sql::Statement<'_>,
            ) -> $crate::error::Result<u64> {
                use $crate::metastore::sql::Value;
                let mut query = sqlx::query(statement.sql);
                for value in &statement.values {
                    query = match value {
                        Value::Integer(value) => query.bind(*value),
                        Value::Text(value) => query.bind(value.as_deref()),
                        Value::Bytes(value) => query.bind(value.as_deref()),
                    };
                }
                let done = query.execute(&mut **self).await.map_err($wrap)?;
                Ok(done.rows_affected())
            }

            async fn fetch(
                &mut self,
                query: &$crate::metastore::sql::Query,
            ) -> $crate::error::Result<Vec<$crate::metastore::sql::Row>> {
                use sqlx::Row as _;
                use $crate::metastore::sql::{Kind, Row, Value};
                let found = sqlx::query(query.sql).fetch_all(&mut **self).await.map_err($wrap)?;
                let mut rows = Vec::with_capacity(found.len());
                for row in &found {
                    let mut values = Vec::with_capacity(query.columns.len());
                    for (position, (_, kind)) in query.columns.iter().enumerate() {
                        values.push(match kind {
                            Kind::Integer => Value::Integer(row.try_get(position).map_err($wrap)?),
                            Kind::Text => {
                                let text: Option<String> = row.try_get(position).map_err($wrap)?;
                                Value::Text(text.map(Into::into))
                            }
                            Kind::Bytes => {
                                let bytes: Option<Vec<u8>> = row.try_get(position).map_err($wrap)?;
                                Value::Bytes(bytes.map(Into::into))
                            }
                        });
                    }
                    rows.push(Row { columns: query.columns, values });
                }
                Ok(rows)
            }

            async fn commit(self: Box<Self>) -> $crate::error::Result<()> {
                (*self).commit().await.map_err($wrap)
            }
        }
    };
}
pub(in crate::metastore) use driver_transaction;
