//! What every server of this protocol must do with a body: hash it for the signature and parse its JSON.

use std::hint::black_box;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::cpu;

/// CPU seconds of SHA-256 and of parsing into a tree, over all bodies, on this thread.
pub fn measure(bodies: &[Vec<u8>]) -> Result<f64, String> {
    let start = cpu::thread_seconds()?;
    for body in bodies {
        black_box(Sha256::digest(body));
        let document: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        black_box(document);
    }
    Ok(cpu::thread_seconds()? - start)
}
