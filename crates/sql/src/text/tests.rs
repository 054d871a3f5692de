use super::*;

fn text(write: impl Fn(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn doubles_print_as_java_does() {
    let cases = [
        (1.0, "1.0"),
        (2.5, "2.5"),
        (-0.0, "-0.0"),
        (0.001, "0.001"),
        (0.00099, "9.9E-4"),
        (1e-5, "1.0E-5"),
        (9_999_999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (1.6554878837710001e9, "1.6554878837710001E9"),
        (f64::MAX, "1.7976931348623157E308"),
        (5e-324, "4.9E-324"),
        (1e-323, "9.9E-324"),
        (1e23, "1.0E23"),
        (34.840635191284385, "34.840635191284385"),
        (f64::NAN, "NaN"),
        (f64::NEG_INFINITY, "-Infinity"),
    ];
    for (value, expected) in cases {
        assert_eq!(text(|out| write_double(out, value)), expected);
    }
}

#[test]
fn times_and_intervals_print_nine_digits() {
    assert_eq!(text(|out| write_timestamp(out, 0)), "1970-01-01 00:00:00.000000000");
    assert_eq!(text(|out| write_timestamp(out, i64::MIN)), "1677-09-21 00:12:43.145224192");
    assert_eq!(text(|out| write_date(out, 19_135)), "2022-05-23");
    assert_eq!(text(|out| write_time(out, 3_600_000_000_001)), "01:00:00.000000001");
    assert_eq!(text(|out| write_day_to_second(out, 162_000_000_000_000)), "1 21:00:00.000000000");
    assert_eq!(text(|out| write_day_to_second(out, -1)), "-0 00:00:00.000000001");
    assert_eq!(text(|out| write_year_to_month(out, -31)), "-2-7");
    assert_eq!(text(|out| write_bigint(out, i64::MIN)), "-9223372036854775808");
    assert_eq!(text(|out| write_bigint(out, 0)), "0");
}

#[test]
fn timestamps_parse_in_every_documented_form() {
    let cases = [
        ("2022-06-17", Some(1_655_424_000_000_000_000)),
        ("2022-06-17 01:00", Some(1_655_427_600_000_000_000)),
        ("2022-06-17 01:00:05", Some(1_655_427_605_000_000_000)),
        ("2022-06-17 17:44:43.771000678", Some(1_655_487_883_771_000_678)),
        ("2262-04-11 23:47:16.854775807", Some(i64::MAX)),
        ("2262-04-11 23:47:16.854775808", None),
        ("2022-13-17 00:00:00", None),
        ("2023-02-29", None),
        ("2022-06-17 24:00", None),
        (" 2022-06-17", None),
        ("2022-06-17 ", None),
        ("2022-06-17 01:00Z", Some(1_655_427_600_000_000_000)),
        ("2022-06-17 01:00:05 UTC", Some(1_655_427_605_000_000_000)),
        ("2022-06-17 02:00:05+01:00", Some(1_655_427_605_000_000_000)),
        ("2022-06-16 23:30:05.5 -01:30", Some(1_655_427_605_500_000_000)),
        ("2022-06-17 01:00  Z", None),
        ("2022-06-17 01:00 ", None),
        ("2022-06-17 01:00+1:00", None),
        ("2022-06-17 01:00+01:60", None),
        ("2022-06-17 01:00+01", None),
        ("2022-06-17+01:00", None),
        ("2022-06-17T01:00", None),
        ("", None),
    ];
    for (input, expected) in cases {
        assert_eq!(parse_timestamp(input), expected, "{input}");
    }
    assert_eq!(parse_date("1970-01-02"), Some(1));
    assert_eq!(parse_time("17:02:07.496"), Some(61_327_496_000_000));
}

#[test]
fn numbers_parse_as_java_does() {
    assert_eq!(parse_bigint("+7"), Some(7));
    assert_eq!(parse_bigint(" 7"), None);
    assert_eq!(parse_double("1e3"), Some(1000.0));
    assert_eq!(parse_double("-Infinity"), Some(f64::NEG_INFINITY));
    assert!(parse_double("NaN").is_some_and(f64::is_nan));
    for wrong in ["inf", "nan", "infinity", "0x1p3", "", " 1", "1_0", "."] {
        assert_eq!(parse_double(wrong), None, "{wrong}");
    }
    assert_eq!(parse_boolean("T"), Some(true));
    assert_eq!(parse_boolean("yes"), None);
}
