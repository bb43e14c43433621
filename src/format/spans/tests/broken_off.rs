//! Documents that break off: what is whole before is read as if the document ended there.

use super::*;

/// Six spans of three services, with parents before and behind them.
fn some() -> Vec<Made> {
    let mut spans = vec![
        span(1, 0, 1, CLIENT, 10, 90),
        span(2, 1, 2, SERVER, 12, 80),
        span(3, 2, 2, CLIENT, 20, 40),
        span(4, 3, 3, SERVER, 22, 30),
        span(5, 9, 3, CONSUMER, 30, 5),
        span(6, 4, 3, INTERNAL, 23, 1),
    ];
    spans[4].links = vec![(1, 1), (7, 7)];
    spans
}

/// Cuts a text at each byte. `parts` are the texts of its spans, in their order, and `whole` makes a document of some.
fn cut_everywhere(dialect: Dialect, text: &str, parts: &[String], whole: impl Fn(usize) -> String) {
    let mut ends = Vec::new();
    let mut at = 0;
    for part in parts {
        at += text[at..].find(part.as_str()).expect("the span is in the text") + part.len();
        ends.push(at);
    }
    for cut in 1..text.trim_end().len() {
        let seen = read_all(&[(&text[..cut], dialect)], &Options::default());
        let spans = ends.iter().filter(|&&end| end <= cut).count();
        if spans == 0 {
            assert_eq!((seen.events.len(), seen.problems.len()), (0, 1), "cut at {cut}");
            continue;
        }
        let wanted = read_all(&[(&whole(spans), dialect)], &Options::default());
        assert_eq!((seen.events, seen.problems), (wanted.events, vec![]), "cut at {cut}");
        // The end, told in one piece from behind the last whole span on.
        assert_eq!((seen.skipped, seen.cut.len()), (0, 1), "cut at {cut}");
        let start = seen.cut[0].start;
        assert!(start >= ends[spans - 1] && start <= cut && seen.cut[0].end == text[..cut].trim_end().len());
        assert!(text[ends[spans - 1]..start].chars().all(|c| c == ',' || c.is_whitespace()));
    }
}

#[test]
fn zipkin_is_read_up_to_the_last_whole_span() {
    let spans = some();
    let parts: Vec<String> = spans.iter().map(|span| span.zipkin().to_string()).collect();
    cut_everywhere(Dialect::Zipkin, &zipkin(&spans), &parts, |n| zipkin(&spans[..n]));
}

#[test]
fn jaeger_with_processes_inside_is_read_up_to_the_last_whole_span() {
    let spans = &some()[..3];
    // A value of whatever kind may be cut.
    let odd = |text: String| {
        text.replace("\"value\":3", "\"value\":-3.5e-7").replace("\"warnings\":null", "\"warnings\":true")
    };
    let values: Vec<Value> = serde_json::from_str(&jaeger_spans(spans)).expect("JSON");
    let parts: Vec<String> = values.iter().map(|value| odd(value.to_string())).collect();
    cut_everywhere(Dialect::Jaeger, &odd(jaeger_spans(spans)), &parts, |n| odd(jaeger_spans(&spans[..n])));
}

#[test]
fn otlp_is_read_up_to_the_last_whole_span() {
    let spans = some();
    let document = |spans: &[Made]| {
        let resource = |number: u8| {
            let own: Vec<Value> = spans.iter().filter(|span| span.service == number).map(Made::otlp).collect();
            let attribute = json!({"key": "service.name", "value": {"stringValue": service(number)}});
            json!({"resource": {"attributes": [attribute]}, "scopeSpans": [{"spans": own}]})
        };
        json!({"resourceSpans": [resource(1), resource(2), resource(3)]}).to_string()
    };
    let parts: Vec<String> = spans.iter().map(|span| span.otlp().to_string()).collect();
    cut_everywhere(Dialect::Otlp, &document(&spans), &parts, |n| document(&spans[..n]));
}

/// Whose its spans are stands behind them.
#[test]
fn otlp_that_does_not_say_whose_its_spans_are_is_left_out() {
    let spans = some();
    let resource = r#""resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]}"#;
    let part = |span: &Made| format!(r#"{{"scopeSpans":[{{"spans":[{}]}}],{resource}}}"#, span.otlp());
    let text = format!(r#"{{"resourceSpans":[{},{}]}}"#, part(&spans[0]), part(&spans[4]));
    let cut = text.rfind("\"s\"").expect("the last name");
    let seen = read_all(&[(&text[..cut], Dialect::Otlp)], &Options::default());
    assert_eq!((seen.events.len(), seen.skipped, seen.cut.len(), seen.problems.len()), (2, 1, 1, 0));
    let seen = read_all(&[(&text[..text.find("\"s\"").expect("a name")], Dialect::Otlp)], &Options::default());
    assert!(seen.problems[0].help.as_ref().is_some_and(|help| help.contains("whose its spans are")), "{seen:?}");
    assert!(seen.events.is_empty());
}

/// The processes of a trace stand behind its spans, as the API of Jaeger has it.
fn traces_of_jaeger(traces: &[&[Made]]) -> String {
    let trace = |spans: &&[Made]| {
        let spans: Vec<String> = spans.iter().map(|span| span.jaeger().to_string()).collect();
        let processes = r#"{"p1":{"serviceName":"s1"},"p2":{"serviceName":"s2"},"p3":{"serviceName":"s3"}}"#;
        format!(r#"{{"traceID":"1","spans":[{}],"processes":{processes}}}"#, spans.join(","))
    };
    format!(r#"{{"data":[{}]}}"#, traces.iter().map(trace).collect::<Vec<_>>().join(","))
}

#[test]
fn processes_of_a_lone_trace_of_jaeger_are_called_as_it_numbers_them() {
    let spans = some();
    let text = traces_of_jaeger(&[&spans]);
    let whole = read_all(&[(&text, Dialect::Jaeger)], &Options::default());
    let cut = text.find("\"p1\":").expect("the first name");
    let seen = read_all(&[(&text[..cut], Dialect::Jaeger)], &Options::default());
    let renamed: Vec<String> =
        whole.events.iter().map(|line| line.replace("s1", "p1").replace("s2", "p2").replace("s3", "p3")).collect();
    assert_eq!((seen.events, seen.cut.len()), (renamed, 1));
    let told =
        "a trace is cut short before it says what its processes are: they are called as it numbers them, p1, p2, p3";
    assert!(seen.remarks.contains(&(RemarkKind::Unnamed, told.into())), "{:?}", seen.remarks);
    // Some of them are named.
    let cut = text.find("\"p3\":").expect("the last name");
    let seen = read_all(&[(&text[..cut], Dialect::Jaeger)], &Options::default());
    assert!(seen.events[0].starts_with("s1 ") && seen.events.iter().any(|line| line.starts_with("p3 ")));
    // An attribute that is asked for is not known either.
    let options = Options { process_key: vec!["hostname".into()], ..Options::default() };
    let seen = read_all(&[(&text[..cut], Dialect::Jaeger)], &options);
    assert!(seen.events.iter().any(|line| line.starts_with("p3 ")), "{:?}", seen.events);
}

#[test]
fn spans_of_unnamed_processes_beside_others_are_left_out() {
    let mut second = some();
    second.iter_mut().for_each(|span| span.trace = 2);
    let text = traces_of_jaeger(&[&some(), &second]);
    let cut = text.rfind("\"p2\":").expect("the second name of the second trace");
    let seen = read_all(&[(&text[..cut], Dialect::Jaeger)], &Options::default());
    // Of the second trace there is the span of p1, and five others are not; links go on from where they were.
    assert_eq!((seen.events.len(), seen.skipped, seen.cut.len()), (2 * 6 + 2, 5, 1), "{:#?}", seen.events);
    assert!(seen.events.iter().all(|line| line.starts_with('s')));
    assert!(seen.remarks.iter().all(|remark| remark.0 != RemarkKind::Unnamed));
}

#[test]
fn a_cut_character_is_a_cut_document() {
    let text = zipkin(&some()).replace("work 0", "w\u{e4}rk");
    let at = text.rfind('\u{e4}').expect("the character") + 1;
    let source = Arc::new(Source::from_text("spans", &text.as_bytes()[..at]));
    let mut seen = Seen::default();
    crate::format::spans::read(&[(source, Dialect::Zipkin)], &Options::default(), &mut seen);
    assert_eq!((seen.problems.len(), seen.cut.len()), (0, 1), "{:?}", seen.problems);
    // A whole document, and a character that is not.
    let source = Arc::new(Source::from_text("spans", [zipkin(&some()).as_bytes(), b"\n\xC3"].concat()));
    let mut seen = Seen::default();
    crate::format::spans::read(&[(source, Dialect::Zipkin)], &Options::default(), &mut seen);
    assert_eq!((seen.events.len() >= 12, seen.problems.len(), seen.cut.len()), (true, 0, 1));
}
