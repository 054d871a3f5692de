//! The queries of the tour.

/// A query and what it shows.
#[derive(Debug, Clone, Copy)]
pub struct Stop {
    pub title: &'static str,
    pub sql: &'static str,
}

pub const TOUR: &[Stop] = &[
    Stop {
        title: "What was loaded",
        sql: r#"SELECT measure_name, COUNT(*) AS records, MIN(time) AS oldest, MAX(time) AS newest
FROM "IoTMetrics"."SensorData" GROUP BY measure_name ORDER BY measure_name"#,
    },
    Stop { title: "Its columns", sql: r#"DESCRIBE "IoTMetrics"."SensorData""# },
    Stop {
        title: "A time series and an average for each device, as in the user's first script",
        sql: r#"SELECT DeviceId, CREATE_TIME_SERIES(time, temperature) as temperature_series, AVG(temperature) as avg_temp
FROM "IoTMetrics"."SensorData" WHERE time > ago(1h) GROUP BY DeviceId;"#,
    },
    Stop {
        title: "Gaps closed by interpolation, the working form of the user's second script",
        sql: r#"SELECT DeviceId, INTERPOLATE_LINEAR(CREATE_TIME_SERIES(time, temperature), SEQUENCE(ago(1h), now(), 5m)) as interpolated_temp
FROM "IoTMetrics"."SensorData" GROUP BY DeviceId;"#,
    },
    Stop {
        title: "Averages in steps of fifteen minutes",
        sql: r#"SELECT Location, bin(time, 15m) AS quarter, ROUND(AVG(measure_value::double), 2) AS temperature, COUNT(*) AS reports
FROM "IoTMetrics"."SensorData" WHERE measure_name = 'temperature' AND time > ago(1h)
GROUP BY Location, bin(time, 15m) ORDER BY Location, quarter LIMIT 8"#,
    },
    Stop {
        title: "Devices that need a new battery, from multi-measure records",
        sql: r#"SELECT Location, COUNT(DISTINCT DeviceId) AS devices, ROUND(MIN(battery), 1) AS lowest
FROM "IoTMetrics"."DeviceHealth" WHERE status = 'low_battery' AND time > ago(1h)
GROUP BY Location ORDER BY lowest LIMIT 5"#,
    },
    Stop {
        title: "Each device's warmest hour, with a window function",
        sql: r#"SELECT DeviceId, hour, warmest FROM (
  SELECT DeviceId, hour, warmest, row_number() OVER (PARTITION BY DeviceId ORDER BY warmest DESC) AS place FROM (
    SELECT DeviceId, bin(time, 1h) AS hour, ROUND(AVG(measure_value::double), 2) AS warmest
    FROM "IoTMetrics"."SensorData" WHERE measure_name = 'temperature' GROUP BY DeviceId, bin(time, 1h)))
WHERE place = 1 ORDER BY warmest DESC LIMIT 5"#,
    },
];
