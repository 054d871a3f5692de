//! `shuffle`.

use arrow::array::ArrayRef;
use rand::seq::SliceRandom;

use super::lists::{Lists, Picker};
use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "shuffle",
    aliases: &[],
    family: Family::Array,
    volatility: Volatility::Volatile,
    overloads: &[Overload { signature: "shuffle(array(T)) -> array(T)", kernel }],
    documentation: Documentation {
        summary: "Returns the elements in a random order.",
        edges: "",
        examples: &[("SELECT cardinality(shuffle(ARRAY[1, 2, 3]))", "3")],
        source: "sql.md 7.5",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let lists = Lists::new(arguments, 0)?;
    let mut rng = call.query.rng();
    let mut picker = Picker::with_capacity(call.rows);
    for row in 0..call.rows {
        match lists.range(row) {
            Some(range) => {
                let mut positions: Vec<usize> = range.collect();
                positions.shuffle(&mut rng);
                picker.push_all(positions);
            }
            None => picker.push_null(),
        }
    }
    picker.finish(lists.values())
}
