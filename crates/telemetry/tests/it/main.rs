//! Measures are documented, cheap to reach, and safe from strangers.

use tallymark_telemetry::Metrics;
use tallymark_telemetry::metrics::{TABLE, documentation};

/// Lines of a family in the text form, comments left out.
fn samples(metrics: &Metrics, name: &str) -> Vec<String> {
    let text = metrics.text();
    text.lines().filter(|line| line.starts_with(name)).map(str::to_owned).collect()
}

#[test]
fn the_documented_list_is_the_table() {
    let page = include_str!("../../../../docs/operate.md");
    let start = page.find("<!-- metrics -->").expect("docs/operate.md marks where the list begins");
    let end = page.find("<!-- end of metrics -->").expect("docs/operate.md marks where the list ends");
    let listed = page[start..end].trim_start_matches("<!-- metrics -->").trim();
    assert!(listed == documentation().trim(), "put this into docs/operate.md between its marks:\n{}", documentation());
}

#[test]
fn names_follow_the_rules_of_prometheus() {
    // https://prometheus.io/docs/practices/naming/: one prefix, counters end in _total, base units.
    for entry in TABLE {
        assert!(entry.name.starts_with("tallymark_"), "{}", entry.name);
        let is_counter = entry.kind == tallymark_telemetry::metrics::Kind::Counter;
        assert_eq!(entry.name.ends_with("_total"), is_counter, "{}", entry.name);
        assert_eq!(entry.ranges.is_empty(), entry.kind.name() != "histogram", "{}", entry.name);
        assert!(entry.ranges.is_sorted(), "{}", entry.name);
        assert!(entry.help.ends_with('.'), "{}", entry.name);
    }
}

#[test]
fn a_route_is_counted_by_method_pattern_and_status() {
    let metrics = Metrics::new();
    for seconds in [0.0004, 0.02] {
        metrics.routes.of("GET", "/C/{code}").answered(200, seconds);
    }
    metrics.routes.of("GET", "/C/{code}").answered(429, 0.001);
    metrics.routes.of("POST", "/C/{code}").answered(200, 0.001);
    assert_eq!(
        samples(&metrics, "tallymark_http_requests_total"),
        [
            r#"tallymark_http_requests_total{method="GET",route="/C/{code}",status="200"} 2"#,
            r#"tallymark_http_requests_total{method="GET",route="/C/{code}",status="429"} 1"#,
            r#"tallymark_http_requests_total{method="POST",route="/C/{code}",status="200"} 1"#,
        ]
    );
    let ranges = samples(&metrics, "tallymark_http_request_seconds_bucket{method=\"GET\"");
    assert!(ranges[0].ends_with(r#"le="0.0005"} 1"#), "{}", ranges[0]);
    assert!(ranges.last().unwrap().ends_with(r#"le="+Inf"} 3"#));
}

#[test]
fn strangers_cannot_make_the_number_of_series_grow() {
    let metrics = Metrics::new();
    for number in 0..2_000 {
        metrics.routes.of(&format!("WORD{number}"), "none").answered(404, 0.001);
    }
    assert_eq!(
        samples(&metrics, "tallymark_http_requests_total"),
        [r#"tallymark_http_requests_total{method="other",route="none",status="404"} 2000"#]
    );
    // A program with more routes than fit counts the rest together; nothing is lost.
    for number in 0..2_000 {
        metrics.routes.of("GET", &format!("/{number}")).answered(200, 0.001);
    }
    let counted: u64 = samples(&metrics, "tallymark_http_requests_total")
        .iter()
        .filter(|line| line.contains(r#"status="200""#))
        .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
        .sum();
    assert_eq!(counted, 2_000);
    assert!(samples(&metrics, "tallymark_http_requests_total").len() <= 514);
}

#[test]
fn threads_that_meet_at_a_new_route_count_every_request() {
    let metrics = Metrics::new();
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                for number in 0..20_000 {
                    metrics.routes.of("GET", ["/a", "/b", "/c"][number % 3]).answered(200, 0.001);
                }
            });
        }
    });
    let total: u64 = samples(&metrics, "tallymark_http_requests_total")
        .iter()
        .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
        .sum();
    assert_eq!(total, 80_000);
}

#[test]
fn the_process_tells_its_memory_and_time() {
    let metrics = Metrics::new();
    for name in ["process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds"] {
        let lines = samples(&metrics, name);
        let value: f64 = lines[0].rsplit(' ').next().unwrap().parse().unwrap();
        assert!(value >= 0.0, "{name} {value}");
    }
}
