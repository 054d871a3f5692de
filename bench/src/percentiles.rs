//! Latencies of a measurement.

/// Prints the number of measurements and their percentiles, in milliseconds.
pub fn print(name: &str, mut milliseconds: Vec<f64>) {
    milliseconds.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let index = ((milliseconds.len() as f64 - 1.0) * share).round() as usize;
        milliseconds.get(index).copied().unwrap_or(f64::NAN)
    };
    println!(
        "{name:<44} n {:>5}  p50 {:>8.3}  p90 {:>8.3}  p99 {:>8.3}  max {:>8.3} ms",
        milliseconds.len(),
        at(0.5),
        at(0.9),
        at(0.99),
        at(1.0)
    );
}
