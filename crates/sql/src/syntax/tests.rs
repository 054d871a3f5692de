//! The cases are data: `tests/*.txt` hold texts and the trees they make, `tests/sql/shared` the corpora.

mod cases;
mod corpus;
mod limits;
mod print;
mod random;
mod words;
