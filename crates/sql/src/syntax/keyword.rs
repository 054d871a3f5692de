//! The words of the grammar.

macro_rules! keywords {
    (reserved { $($reserved:ident $reserved_text:literal)* } free { $($free:ident $free_text:literal)* }) => {
        /// A word that the grammar knows, in any case of letters.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Keyword { $($reserved,)* $($free,)* }

        impl Keyword {
            /// The keyword spelled by a word in upper case.
            fn of_upper(word: &str) -> Option<Self> {
                match word {
                    $($reserved_text => Some(Self::$reserved),)*
                    $($free_text => Some(Self::$free),)*
                    _ => None,
                }
            }

            /// Whether the word needs quotes as an identifier (sql.md 2.1).
            pub fn is_reserved(self) -> bool {
                match self {
                    $(Self::$reserved => true,)*
                    $(Self::$free => false,)*
                }
            }

            pub fn text(self) -> &'static str {
                match self {
                    $(Self::$reserved => $reserved_text,)*
                    $(Self::$free => $free_text,)*
                }
            }

            #[cfg(test)]
            pub const ALL: &[Self] = &[$(Self::$reserved,)* $(Self::$free,)*];
        }
    };
}

keywords! {
    reserved {
        Alter "ALTER" And "AND" As "AS" Between "BETWEEN" By "BY" Case "CASE" Cast "CAST" Constraint "CONSTRAINT"
        Create "CREATE" Cross "CROSS" Cube "CUBE" CurrentDate "CURRENT_DATE" CurrentTime "CURRENT_TIME"
        CurrentTimestamp "CURRENT_TIMESTAMP" CurrentUser "CURRENT_USER" Deallocate "DEALLOCATE" Delete "DELETE"
        Describe "DESCRIBE" Distinct "DISTINCT" Drop "DROP" Else "ELSE" End "END" Escape "ESCAPE" Except "EXCEPT"
        Execute "EXECUTE" Exists "EXISTS" Extract "EXTRACT" False "FALSE" For "FOR" From "FROM" Full "FULL"
        Group "GROUP" Grouping "GROUPING" Having "HAVING" In "IN" Inner "INNER" Insert "INSERT"
        Intersect "INTERSECT" Into "INTO" Is "IS" Join "JOIN" Left "LEFT" Like "LIKE" LocalTime "LOCALTIME"
        LocalTimestamp "LOCALTIMESTAMP" Natural "NATURAL" Normalize "NORMALIZE" Not "NOT" Null "NULL" On "ON" Or "OR"
        Order "ORDER" Outer "OUTER" Prepare "PREPARE" Recursive "RECURSIVE" Right "RIGHT" Rollup "ROLLUP"
        Select "SELECT" Table "TABLE" Then "THEN" True "TRUE" Uescape "UESCAPE" Union "UNION" Unnest "UNNEST"
        Using "USING" Values "VALUES" When "WHEN" Where "WHERE" With "WITH"
    }
    free {
        All "ALL" Analyze "ANALYZE" Any "ANY" Array "ARRAY" Asc "ASC" At "AT" Both "BOTH" Current "CURRENT"
        Databases "DATABASES" Day "DAY" Desc "DESC" Double "DOUBLE" Explain "EXPLAIN" Filter "FILTER" First "FIRST"
        Following "FOLLOWING" Groups "GROUPS" Hour "HOUR" Ignore "IGNORE" Interval "INTERVAL" Last "LAST"
        Leading "LEADING" Limit "LIMIT" Measures "MEASURES" Minute "MINUTE" Month "MONTH" Nulls "NULLS"
        Offset "OFFSET" Ordinality "ORDINALITY" Over "OVER" Partition "PARTITION" Position "POSITION"
        Preceding "PRECEDING" Precision "PRECISION" Range "RANGE" Respect "RESPECT" Row "ROW" Rows "ROWS"
        Second "SECOND" Sets "SETS" Show "SHOW" Some "SOME" Substring "SUBSTRING" Tables "TABLES" Time "TIME"
        TimeSeries "TIMESERIES" Timestamp "TIMESTAMP" To "TO" Trailing "TRAILING" Trim "TRIM" Try "TRY"
        TryCast "TRY_CAST" Unbounded "UNBOUNDED" Unload "UNLOAD" Week "WEEK" Window "WINDOW" Without "WITHOUT"
        Year "YEAR" Zone "ZONE"
    }
}

/// The longest keyword in bytes.
const LENGTH_MAX: usize = 17;

impl Keyword {
    pub fn of(word: &str) -> Option<Self> {
        let mut upper = [0u8; LENGTH_MAX];
        let upper = upper.get_mut(..word.len())?;
        upper.copy_from_slice(word.as_bytes());
        upper.make_ascii_uppercase();
        Self::of_upper(std::str::from_utf8(upper).ok()?)
    }
}
