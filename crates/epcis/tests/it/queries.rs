//! What queries mean (ISO/IEC 19987:2024, 8.2.7.1).

use serde_json::{Value, json};
use tallymark_base::Timestamp;
use tallymark_epcis::facts::{Named, named};
use tallymark_epcis::query::Query;
use tallymark_epcis::{Context, Event};

use crate::{object, only};

fn event() -> Event {
    only(&object(
        r#", "bizStep": "shipping", "readPoint": {"id": "urn:epc:id:sgln:4012345.00005.0"},
        "quantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.998877", "quantity": 200, "uom": "KGM"}],
        "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:4012345000009:7"}],
        "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:4012345.00000"}],
        "sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": 26, "uom": "CEL"}]}],
        "errorDeclaration": {"declarationTime": "2026-02-01T00:00:00Z", "reason": "did_not_occur"},
        "ex:weight": 12.5, "ex:load": {"ex:seal": "A-1", "ex:at": "2026-01-02T00:00:00Z"}"#,
    ))
}

fn matches(pairs: &[(&str, &str)]) -> bool {
    let query = Query::of_pairs(pairs.iter().copied(), &Context::default()).unwrap();
    query.matches(&event(), "urn:uuid:1", Timestamp(1_000_000), &|inner, outer| {
        (inner, outer) == ("414/4012345000054", "414/1")
    })
}

#[test]
fn each_parameter_says_yes_and_no() {
    for (name, yes, no) in [
        ("eventType", "AggregationEvent|ObjectEvent", "AggregationEvent"),
        ("GE_eventTime", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.001Z"),
        ("LT_eventTime", "2026-01-01T00:00:01Z", "2026-01-01T08:00:00 08:00"),
        ("GE_recordTime", "1970-01-01T00:00:01Z", "1970-01-01T00:00:02Z"),
        ("EQ_action", "ADD|OBSERVE", "ADD"),
        ("EQ_bizStep", "urn:epcglobal:cbv:bizstep:shipping", "receiving"),
        ("EQ_readPoint", "https://id.gs1.org/414/4012345000054", "urn:epc:id:sgln:4012345.00005.1"),
        ("WD_readPoint", "414/1", "414/2"),
        ("MATCH_epc", "urn:epc:idpat:sgtin:4012345.*.*", "urn:epc:id:sgtin:4012345.011111.986"),
        ("MATCH_anyEPC", "https://x.example/01/04012345111118/21/987", "urn:epc:idpat:sgtin:4012345.011112.*"),
        ("MATCH_epcClass", "urn:epc:class:lgtin:4012345.012345.*", "urn:epc:class:lgtin:4012345.012346.*"),
        ("EQ_quantity", "200", "201"),
        ("GT_quantity", "199.5", "200"),
        ("EQ_bizTransaction_po", "urn:epcglobal:cbv:bt:4012345000009:7", "urn:epcglobal:cbv:bt:4012345000009:8"),
        ("EQ_source_owning_party", "https://id.gs1.org/417/4012345000009", "urn:epc:id:pgln:4012345.00001"),
        ("EQ_eventID", "urn:uuid:2|urn:uuid:1", "urn:uuid:2"),
        ("EQ_errorReason", "did_not_occur", "incorrect_data"),
        ("GE_errorDeclarationTime", "2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z"),
        ("EQ_type", "Temperature", "Speed"),
        ("GE_value_CEL", "26", "26.5"),
        ("EQ_value_CEL", "26.0", "25"),
        ("GT_https://ns.example.com/weight", "12", "12.5"),
        ("EQ_ex:weight", "12.50", "12.6"),
        ("EQ_INNER_ex:seal", "A-1", "A-2"),
        ("LT_INNER_ex:at", "2026-01-02T09:00:00+08:00", "2026-01-02T08:00:00+08:00"),
        ("EXISTS_ex:load", "", ""),
        ("HASATTR_ex:load", "ex:seal", "ex:none"),
    ] {
        assert!(matches(&[(name, yes)]), "{name}={yes}");
        if yes != no {
            assert!(!matches(&[(name, no)]), "{name}={no}");
        }
    }
    assert!(!matches(&[("EXISTS_ex:none", "")]) && !matches(&[("MATCH_inputEPC", "urn:epc:idpat:sgtin:4012345.*.*")]));
    assert!(!matches(&[("EQ_bizStep", "shipping"), ("EQ_action", "ADD")]));
}

#[test]
fn what_cannot_be_taken_is_refused_by_name() {
    for (pairs, parameter) in [
        (vec![("EQ_colour", "red")], "EQ_colour"),
        (vec![("GE_eventTime", "today")], "GE_eventTime"),
        (vec![("EQ_action", "LOOK")], "EQ_action"),
        (vec![("eventCountLimit", "5")], "eventCountLimit"),
        (vec![("eventCountLimit", "5"), ("orderBy", "eventTime"), ("maxEventCount", "6")], "eventCountLimit"),
        (vec![("orderBy", "colour")], "orderBy"),
        (vec![("maxEventCount", "-1")], "maxEventCount"),
    ] {
        assert_eq!(Query::of_pairs(pairs, &Context::default()).unwrap_err().parameter, parameter);
    }
    let odd = json!({"EQ_bizStep": {"a": 1}});
    let Value::Object(odd) = odd else { unreachable!() };
    assert_eq!(Query::of_json(&odd).unwrap_err().parameter, "EQ_bizStep");
}

#[test]
fn a_thousand_serials_in_a_row_are_one_run() {
    let list: Vec<String> = (1_000..2_000).rev().map(|n| format!("\"urn:epc:id:sgtin:4012345.011111.{n}\"")).collect();
    let event = only(&object("").replace("\"urn:epc:id:sgtin:4012345.011111.987\"", &list.join(",")));
    let class = "01/04012345111118".to_owned();
    assert_eq!(named(&event), [Named::Run { class, first: 1_000, last: 1_999 }]);
}
