use model::time::NS_PER_DAY;

use super::*;

const HOUR: i64 = NS_PER_HOUR;
const CONFIRM: i64 = limits::CLOCK_CONFIRM_HOURS as i64 * NS_PER_HOUR;

fn at(wall_ns: i64, monotonic_ns: i64) -> ClockReading {
    ClockReading { wall_ns, monotonic_ns: monotonic_ns as u64 }
}

/// Readings after a start at wall time 0, and what is believed at each.
fn assert_believed(start: (i64, Option<i64>), readings: &[(i64, i64, i64)]) {
    let mut clock = TrustedClock::new(at(start.0, 0), start.1);
    for (position, (wall_ns, monotonic_ns, believed_ns)) in readings.iter().enumerate() {
        assert_eq!(clock.observe(at(*wall_ns, *monotonic_ns)), *believed_ns, "{start:?} {position}");
    }
}

#[test]
fn a_clock_that_runs_is_believed() {
    let years = 9 * 365 * NS_PER_DAY;
    assert_believed((0, None), &[(0, 0, 0), (HOUR, HOUR, HOUR), (years + HOUR, years, years + HOUR)]);
    // Small steps, as of a slow machine or a leap second.
    assert_believed((0, None), &[(HOUR, 0, HOUR), (-HOUR, 0, -HOUR)]);
}

#[test]
fn a_jump_ahead_is_believed_when_it_lasts() {
    let jump = 100 * 365 * NS_PER_DAY;
    assert_believed(
        (0, None),
        &[
            (jump, 0, 0),
            (jump + HOUR, HOUR, HOUR),
            (jump + CONFIRM - 1, CONFIRM - 1, CONFIRM - 1),
            (jump + CONFIRM, CONFIRM, jump + CONFIRM),
            (jump + CONFIRM + HOUR, CONFIRM + HOUR, jump + CONFIRM + HOUR),
        ],
    );
}

#[test]
fn a_jump_that_is_taken_back_did_nothing() {
    let jump = 50 * HOUR;
    assert_believed((0, None), &[(jump, 0, 0), (jump + 9, 9, 9), (10, 10, 10), (HOUR, HOUR, HOUR)]);
    // The time until it is believed begins anew with each jump.
    let mut readings = Vec::new();
    for step in 0..40 {
        let monotonic = step * (CONFIRM - 1);
        readings.push((monotonic + (step + 2) * jump, monotonic, monotonic));
    }
    assert_believed((0, None), &readings);
}

#[test]
fn a_clock_that_goes_back_is_followed() {
    assert_believed(
        (0, None),
        &[(-90 * HOUR, 0, -90 * HOUR), (-89 * HOUR, HOUR, -89 * HOUR), (2 * HOUR, 2 * HOUR, 2 * HOUR)],
    );
    // It lasts: what was believed before is then a jump ahead like any other.
    let back = -90 * HOUR;
    assert_believed(
        (0, None),
        &[(back, 0, back), (back + CONFIRM, CONFIRM, back + CONFIRM), (CONFIRM, CONFIRM, back + CONFIRM)],
    );
}

#[test]
fn a_start_is_compared_with_the_last_process() {
    assert_believed((HOUR, Some(HOUR / 2)), &[(HOUR, 0, HOUR)]);
    assert_believed(
        (30 * HOUR, Some(0)),
        &[(30 * HOUR, 0, 0), (31 * HOUR, HOUR, HOUR), (30 * HOUR + CONFIRM, CONFIRM, 30 * HOUR + CONFIRM)],
    );
    // A clock behind: nothing later than it is believed.
    assert_believed((0, Some(30 * HOUR)), &[(0, 0, 0), (HOUR, HOUR, HOUR)]);
}

#[test]
fn no_reading_makes_it_fail() {
    let extremes = [i64::MIN, -1, 0, 1, i64::MAX];
    for start in extremes {
        for last in extremes {
            let mut clock = TrustedClock::new(at(start, 0), Some(last));
            for wall_ns in extremes {
                for monotonic_ns in [0, 1, u64::MAX] {
                    assert!(clock.observe(ClockReading { wall_ns, monotonic_ns }) <= wall_ns);
                }
            }
        }
    }
}
