//! Hash ids: the three examples of the Core Business Vocabulary 2.0 (8.9.5) with the values it publishes, which its authors' own
//! implementation (RalphTro/epcis-event-hash-generator) gives as well.

use proptest::prelude::*;
use tallymark_epcis::hash::{event_id, pre_hash};
use tallymark_epcis::read;
use tallymark_epcis::{Event, Limits};

fn only(events: &str) -> Event {
    let text = format!(
        r#"{{"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
            {{"example": "https://ns.example.com/epcis/"}}], "type": "EPCISDocument", "schemaVersion": "2.0",
            "creationDate": "2022-02-17T11:30:47.0Z", "epcisBody": {{"eventList": [{events}]}}}}"#
    );
    let latest = tallymark_base::Timestamp(i64::MAX);
    read(text.as_bytes(), &Limits::default(), latest).unwrap().events.remove(0).unwrap()
}

const FIRST: &str = r#"{"type": "ObjectEvent", "eventTime": "2020-03-04T11:00:30.000+01:00",
    "eventTimeZoneOffset": "+01:00", "recordTime": "2020-03-04T11:00:30.999+01:00",
    "epcList": ["urn:epc:id:sscc:4012345.0000000333", "urn:epc:id:sscc:4012345.0000000111",
        "urn:epc:id:sscc:4012345.0000000222"], "action": "OBSERVE", "bizStep": "departing",
    "readPoint": {"id": "urn:epc:id:sgln:4012345.00011.987"},
    "example:myField1": {"example:mySubField1": "2", "example:mySubField2": "5"},
    "example:myField2": "0", "example:myField3": {"example:mySubField3": ["3", "1"]}}"#;

#[test]
fn the_examples_of_the_standard_have_its_hashes() {
    let first = "ni:///sha-256;6ae96341e0acc6d7a261364751f60e68278a81cdf51da0abb6b4e617014e39d7?ver=CBV2.0";
    assert_eq!(event_id(&only(FIRST)), first);
    let second = r#"{"type": "ObjectEvent", "eventTime": "2020-04-01T15:00:00+01:00", "eventTimeZoneOffset": "+01:00",
        "epcList": ["urn:epc:id:sgtin:4012345.011111.9876"], "action": "OBSERVE", "bizStep": "inspecting",
        "readPoint": {"id": "urn:epc:id:sgln:4012345.00005.0"}, "sensorElementList": [{
        "sensorMetadata": {"deviceID": "urn:epc:id:giai:4000001.111",
            "deviceMetadata": "https://id.gs1.org/8004/4000001111"},
        "sensorReport": [{"type": "Temperature", "value": 26, "sDev": 0.1, "uom": "CEL"},
            {"type": "AbsoluteHumidity", "value": 12.1, "uom": "A93"},
            {"type": "Dimensionless", "microorganism": "https://www.ncbi.nlm.nih.gov/taxonomy/1126011",
                "value": 0.05, "uom": "C35"},
            {"type": "Dimensionless", "value": 0.18, "uom": "C35",
                "chemicalSubstance": "https://identifiers.org/inchikey:CZMRCDWAGMRECN-UGDNZRGBSA-N"}]}]}"#;
    let wanted = "ni:///sha-256;49b13037c36e84ad9307c531671b00e901318c3957e4b1151f816ec49eb668da?ver=CBV2.0";
    assert_eq!(event_id(&only(second)), wanted);
    let third = r#"{"type": "ObjectEvent", "eventTime": "2020-03-04T11:00:30+01:00", "eventTimeZoneOffset": "+01:00",
        "epcList": ["urn:epc:id:sgtin:0614141.011111.987"], "action": "OBSERVE", "bizStep": "departing",
        "disposition": "in_transit", "readPoint": {"id": "urn:epc:id:sgln:4012345.00011.0", "example:myField1": "AB-12"},
        "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epc:id:gdti:4012345.11111.123"}],
        "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:4012345.00000"}],
        "destinationList": [{"type": "owning_party", "destination": "urn:epc:id:pgln:0614141.00000"}],
        "example:userExt": "CD-34"}"#;
    let wanted = "ni:///sha-256;a13cbe6c8bb6df3710b3edaeff760a1365ec8fd69ca1f4d7e0c10eb5189a883a?ver=CBV2.0";
    assert_eq!(event_id(&only(third)), wanted);
}

#[test]
fn another_way_of_writing_an_event_does_not_change_its_hash() {
    let other = FIRST
        .replace("2020-03-04T11:00:30.000+01:00", "2020-03-04T10:00:30Z")
        .replace("urn:epc:id:sscc:4012345.0000000333", "https://example.de/00/040123450000003338?x=1")
        .replace("urn:epc:id:sgln:4012345.00011.987", "http://shop.example/path/414/4012345000115/254/987")
        .replace("\"departing\"", "\"https://ref.gs1.org/cbv/BizStep-departing\"")
        .replace("\"example:myField2\": \"0\"", "\"example:myField2\": 0.0, \"rdfs:comment\": \"seen\"")
        .replace("[\"3\", \"1\"]", "[\"1\", \"3\"]");
    assert_ne!(other, FIRST);
    assert_eq!(pre_hash(&only(&other)), pre_hash(&only(FIRST)));
}

#[test]
fn milliseconds_are_rounded_half_up() {
    let at = |text: &str| pre_hash(&only(&FIRST.replace("2020-03-04T11:00:30.000+01:00", text)));
    // The example of the standard's rule, and the turn of a second.
    assert!(at("2023-01-18T11:04:03.1415Z").contains("eventTime=2023-01-18T11:04:03.142Z"));
    assert!(at("2020-02-29T23:59:59.9996+00:00").contains("eventTime=2020-03-01T00:00:00.000Z"));
}

proptest! {
    #[test]
    fn numbers_lose_zeros_and_nothing_else(whole in 0_u32..1_000_000, digits in "[0-9]{0,6}") {
        let quantity = format!(r#"{{"type": "ObjectEvent", "eventTime": "2020-03-04T11:00:30Z", "eventTimeZoneOffset": "+01:00",
            "action": "OBSERVE", "quantityList": [{{"epcClass": "urn:x:y", "quantity": {whole}.{digits}0}}]}}"#);
        let fraction = digits.trim_end_matches('0');
        let wanted = if fraction.is_empty() { format!("quantity={whole}action") } else { format!("quantity={whole}.{fraction}action") };
        let text = pre_hash(&only(&quantity));
        // Below a ten-thousandth the reference writes an exponent.
        prop_assume!(whole > 0 || !fraction.starts_with("0000"));
        prop_assert!(text.contains(&wanted), "{text} {wanted}");
    }
}
