//! A metastore in a SQL database: what is said, in statements that SQLite and PostgreSQL both understand.
//!
//! [`Driver`] is all that differs between them: how values are bound and read, and how a transaction begins.
//! [`statements`] turns changes into SQL, [`rows`] what is stored into values.

mod driver;
mod migrations;
mod rows;
mod statements;
mod words;

use async_trait::async_trait;

pub(super) use driver::{
    Driver, DriverTransaction, Kind, Mode, Query, Row, Statement, Value, driver_transaction,
};
pub(super) use migrations::{MIGRATIONS, migration_failed};

use super::{Change, Metastore, Stored};
use crate::error::{Result, StorageError};

/// The metastore behind a driver; [`super::SqliteMetastore`] and [`super::PostgresMetastore`] are its kinds.
#[derive(Debug)]
pub struct SqlMetastore<D> {
    pub(super) driver: D,
    /// Of the server that writes; a transaction under another one is refused.
    pub(super) epoch: i64,
}

const STATE: Query = Query {
    sql: "SELECT revision, epoch, owner FROM state WHERE id = 1",
    columns: &[("revision", Kind::Integer), ("epoch", Kind::Integer), ("owner", Kind::Text)],
};

/// What is known of a metastore beside its contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    pub(super) revision: u64,
    pub(super) epoch: i64,
    pub(super) owner: Option<String>,
}

impl<D: Driver> SqlMetastore<D> {
    pub(super) async fn state(&self) -> Result<State> {
        let mut transaction = self.driver.begin(Mode::Read).await?;
        let rows = transaction.fetch(&STATE).await?;
        let row = rows.first().ok_or_else(|| failed("the state is gone"))?;
        Ok(State {
            revision: row.unsigned("revision")?,
            epoch: row.integer("epoch")?,
            owner: row.find_text("owner")?,
        })
    }

    /// Makes this server the only one whose transactions are accepted.
    pub(super) async fn take_for(&mut self, owner: &str) -> Result<()> {
        let mut transaction = self.driver.begin(Mode::Write).await?;
        let statement = Statement::new(
            "UPDATE state SET epoch = epoch + 1, owner = $1 WHERE id = 1 AND (owner IS NULL OR owner = $2)",
        );
        let taken = transaction.execute(&statement.text(owner).text(owner)).await?;
        if taken != 1 {
            return Err(failed("another data directory has taken the metastore"));
        }
        let rows = transaction.fetch(&STATE).await?;
        let epoch = rows.first().ok_or_else(|| failed("the state is gone"))?.integer("epoch")?;
        transaction.commit().await?;
        self.epoch = epoch;
        Ok(())
    }

    async fn refusal(&self, expected_revision: u64) -> StorageError {
        match self.state().await {
            Ok(state) if state.epoch != self.epoch => StorageError::MetastoreTaken,
            Ok(state) => StorageError::MetastoreConflict { expected_revision, found: state.revision },
            Err(error) => error,
        }
    }

    async fn store(&self, expected_revision: u64, changes: &[Change]) -> Result<()> {
        let mut transaction = self.driver.begin(Mode::Write).await?;
        let next = Statement::new(
            "UPDATE state SET revision = revision + 1 WHERE id = 1 AND revision = $1 AND epoch = $2",
        );
        let next = next.integer(expected_revision as i64).integer(self.epoch);
        if transaction.execute(&next).await? != 1 {
            drop(transaction);
            return Err(self.refusal(expected_revision).await);
        }
        for change in changes {
            for statement in statements::of(change) {
                let rows = transaction.execute(&statement).await?;
                if statement.needs_row && rows != 1 {
                    return Err(failed("the table or file of a change is gone"));
                }
            }
        }
        transaction.commit().await
    }

    /// Gives up a transaction that is not answered; whether it is stored is then unknown.
    async fn bounded<T>(&self, transaction: impl Future<Output = Result<T>>) -> Result<T> {
        let Some(answer_max) = self.driver.answer_max() else { return transaction.await };
        let answered = tokio::time::timeout(answer_max, transaction).await;
        answered.unwrap_or_else(|_| Err(failed("it does not answer")))
    }
}

#[async_trait]
impl<D: Driver> Metastore for SqlMetastore<D> {
    async fn load(&self) -> Result<Stored> {
        let load = async {
            let mut transaction = self.driver.begin(Mode::Read).await?;
            rows::load(&mut *transaction).await
        };
        self.bounded(load).await
    }

    async fn revision(&self) -> Result<u64> {
        self.bounded(self.state()).await.map(|state| state.revision)
    }

    async fn commit(&self, expected_revision: u64, changes: &[Change]) -> Result<()> {
        self.bounded(self.store(expected_revision, changes)).await
    }

    async fn close(&self) {
        self.driver.close().await;
    }
}

pub(super) fn failed(reason: &str) -> StorageError {
    StorageError::Metastore { reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A database that is cut off.
    #[derive(Debug)]
    struct Silent;

    #[async_trait]
    impl Driver for Silent {
        async fn begin(&self, _: Mode) -> Result<Box<dyn DriverTransaction>> {
            std::future::pending().await
        }

        fn answer_max(&self) -> Option<Duration> {
            Some(Duration::ZERO)
        }

        async fn close(&self) {}
    }

    #[tokio::test]
    async fn what_is_not_answered_is_given_up() {
        let metastore = SqlMetastore { driver: Silent, epoch: 0 };
        let errors = [
            metastore.load().await.unwrap_err(),
            metastore.revision().await.unwrap_err(),
            metastore.commit(0, &[]).await.unwrap_err(),
        ];
        for error in errors {
            assert!(error.to_string().contains("does not answer"), "{error}");
        }
    }
}
