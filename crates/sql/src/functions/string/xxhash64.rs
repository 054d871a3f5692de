//! `xxhash64`.

use arrow::array::{Array, ArrayRef, BinaryArray, BinaryBuilder};
use std::sync::Arc;

use crate::functions::{
    Arguments, Call, Documentation, Family, Overload, RowError, ScalarFunction, Volatility,
};

pub static FUNCTION: ScalarFunction = ScalarFunction {
    name: "xxhash64",
    aliases: &[],
    family: Family::String,
    volatility: Volatility::Stable,
    overloads: &[Overload { signature: "xxhash64(varbinary) -> varbinary", kernel }],
    documentation: Documentation {
        summary: "Returns the xxHash64 of a binary value with seed 0, as eight bytes from the highest to the lowest.",
        edges: "",
        examples: &[("SELECT from_big_endian_64(xxhash64(CAST('abc' AS varbinary)))", "4952883123889572249")],
        source: "sql.md 7.12; the algorithm: xxHash specification 0.1.1",
    },
};

fn kernel(call: &Call<'_>, arguments: &Arguments<'_>) -> Result<ArrayRef, RowError> {
    let values = arguments.column::<BinaryArray>(0)?;
    let mut builder = BinaryBuilder::with_capacity(call.rows, call.rows * 8);
    for row in 0..call.rows {
        builder.append_option(values.row(row).map(|at| hash(values.values.value(at)).to_be_bytes()));
    }
    Ok(Arc::new(builder.finish()) as Arc<dyn Array>)
}

const PRIME_1: u64 = 0x9E37_79B1_85EB_CA87;
const PRIME_2: u64 = 0xC2B2_AE3D_27D4_EB4F;
const PRIME_3: u64 = 0x1656_67B1_9E37_79F9;
const PRIME_4: u64 = 0x85EB_CA77_C2B2_AE63;
const PRIME_5: u64 = 0x27D4_EB2F_1656_67C5;

pub(in crate::functions) fn hash(bytes: &[u8]) -> u64 {
    let (stripes, tail) = bytes.as_chunks::<32>();
    let mut acc = if stripes.is_empty() { PRIME_5 } else { converge(stripes) };
    acc = acc.wrapping_add(bytes.len() as u64);
    let (words, tail) = tail.as_chunks::<8>();
    for word in words {
        acc ^= round(0, u64::from_le_bytes(*word));
        acc = acc.rotate_left(27).wrapping_mul(PRIME_1).wrapping_add(PRIME_4);
    }
    let (halves, tail) = tail.as_chunks::<4>();
    for half in halves {
        acc ^= u64::from(u32::from_le_bytes(*half)).wrapping_mul(PRIME_1);
        acc = acc.rotate_left(23).wrapping_mul(PRIME_2).wrapping_add(PRIME_3);
    }
    for byte in tail {
        acc ^= u64::from(*byte).wrapping_mul(PRIME_5);
        acc = acc.rotate_left(11).wrapping_mul(PRIME_1);
    }
    acc ^= acc >> 33;
    acc = acc.wrapping_mul(PRIME_2);
    acc ^= acc >> 29;
    acc = acc.wrapping_mul(PRIME_3);
    acc ^ (acc >> 32)
}

/// Four lanes over stripes of 32 bytes, and their merge.
fn converge(stripes: &[[u8; 32]]) -> u64 {
    let mut lanes = [PRIME_1.wrapping_add(PRIME_2), PRIME_2, 0, 0_u64.wrapping_sub(PRIME_1)];
    for stripe in stripes {
        for (lane, word) in lanes.iter_mut().zip(stripe.as_chunks::<8>().0) {
            *lane = round(*lane, u64::from_le_bytes(*word));
        }
    }
    let [a, b, c, d] = lanes;
    let sum = a.rotate_left(1).wrapping_add(b.rotate_left(7));
    let sum = sum.wrapping_add(c.rotate_left(12)).wrapping_add(d.rotate_left(18));
    let merge = |acc: u64, lane: &u64| (acc ^ round(0, *lane)).wrapping_mul(PRIME_1).wrapping_add(PRIME_4);
    lanes.iter().fold(sum, merge)
}

fn round(acc: u64, word: u64) -> u64 {
    acc.wrapping_add(word.wrapping_mul(PRIME_2)).rotate_left(31).wrapping_mul(PRIME_1)
}

#[cfg(test)]
mod tests {
    /// The check values of the reference implementation; its buffer comes from squaring a prime.
    #[test]
    fn agrees_with_the_reference() {
        let square = |seed: &u32| Some(seed.wrapping_mul(*seed));
        let seeds = std::iter::successors(Some(2_654_435_761_u32), square);
        let buffer: Vec<u8> = seeds.take(101).map(|seed| (seed >> 24) as u8).collect();
        for (bytes, expected) in [
            (&b""[..], 0xEF46_DB37_51D8_E999),
            (b"a", 0xD24E_C4F1_A98C_6E5B),
            (b"abc", 0x44BC_2CF5_AD77_0999),
            (&buffer, 0x0EAB_5433_84F8_78AD),
        ] {
            assert_eq!(super::hash(bytes), expected, "{bytes:?}");
        }
    }
}
