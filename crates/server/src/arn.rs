//! Amazon resource names of databases, tables and scheduled queries (api.md 2).

/// What an ARN of ours names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource<'a> {
    Database(&'a str),
    Table { database: &'a str, table: &'a str },
    ScheduledQuery(&'a str),
}

/// Region and account of all ARNs of a server.
#[derive(Debug, Clone, Copy)]
pub struct ArnScope<'a> {
    pub region: &'a str,
    pub account: &'a str,
}

impl ArnScope<'_> {
    pub fn database(&self, database: &str) -> String {
        format!("arn:aws:timestream:{}:{}:database/{database}", self.region, self.account)
    }

    pub fn table(&self, database: &str, table: &str) -> String {
        format!("{}/table/{table}", self.database(database))
    }

    /// Finds what an ARN of this region and account names; `None` for any other text.
    pub fn parse<'a>(&self, arn: &'a str) -> Option<Resource<'a>> {
        let rest = arn.strip_prefix("arn:aws:timestream:")?;
        let rest = rest.strip_prefix(self.region)?.strip_prefix(':')?;
        let rest = rest.strip_prefix(self.account)?.strip_prefix(':')?;
        let parts: Vec<&str> = rest.splitn(5, '/').collect();
        match parts.as_slice() {
            ["database", database] if !database.is_empty() => Some(Resource::Database(database)),
            ["database", database, "table", table] if !database.is_empty() && !table.is_empty() => {
                Some(Resource::Table { database, table })
            }
            ["scheduled-query", name] if !name.is_empty() => Some(Resource::ScheduledQuery(name)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_are_made_and_read() {
        let scope = ArnScope { region: "us-east-1", account: "000000000000" };
        assert_eq!(scope.parse(&scope.database("a.b")), Some(Resource::Database("a.b")));
        assert_eq!(scope.parse(&scope.table("d", "t")), Some(Resource::Table { database: "d", table: "t" }));
        let prefix = "arn:aws:timestream:us-east-1:000000000000:";
        assert_eq!(
            scope.parse(&format!("{prefix}scheduled-query/q-1")),
            Some(Resource::ScheduledQuery("q-1"))
        );
        for wrong in ["database/", "database/d/table/", "database/d/table/t/x", "table/t", "database/d/", ""]
        {
            assert_eq!(scope.parse(&format!("{prefix}{wrong}")), None, "{wrong}");
        }
        assert_eq!(scope.parse("arn:aws:timestream:eu-west-1:000000000000:database/d"), None);
        assert_eq!(scope.parse("arn:aws:timestream:us-east-1:111111111111:database/d"), None);
    }
}
