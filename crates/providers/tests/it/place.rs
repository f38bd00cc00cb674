//! Places by address, from files that the test writes.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use tallymark_providers::{Error, PlacesByAddress};
use tallymark_sim::place_file::{Value, city, file};
use tempfile::TempDir;

fn network(text: &str) -> Ipv4Addr {
    text.parse().unwrap()
}

/// West Lake in Hangzhou: 330106 (GB/T 2260).
const WEST_LAKE: (f64, f64) = (30.25, 120.13);

fn cities() -> Vec<u8> {
    file(
        "GeoLite2-City",
        &[
            (network("203.0.113.0"), 24, city("CN", "ZJ", WEST_LAKE, 10)),
            (network("198.51.100.0"), 25, city("CN", "ZJ", WEST_LAKE, 500)),
            (network("198.51.100.128"), 25, city("JP", "13", (35.68, 139.69), 10)),
            (network("192.0.2.0"), 24, city("HK", "", (22.28, 114.17), 50)),
        ],
    )
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join("places.mmdb");
        // As an updater does it: the new file takes the place of the old one.
        let part = self.0.path().join("places.part");
        std::fs::write(&part, bytes).unwrap();
        std::fs::rename(part, &path).unwrap();
        path
    }
}

fn refused(bytes: &[u8]) -> String {
    let folder = Folder::new();
    match PlacesByAddress::open(folder.write(bytes)) {
        Err(Error::PlaceFile { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

fn at(places: &PlacesByAddress, address: &str) -> Option<String> {
    places.place(address.parse::<IpAddr>().unwrap()).map(|place| place.to_string())
}

#[test]
fn an_address_has_the_place_of_its_network() {
    let folder = Folder::new();
    let places = PlacesByAddress::open(folder.write(&cities())).unwrap();
    assert_eq!(at(&places, "203.0.113.7").as_deref(), Some("330106"));
    assert_eq!(at(&places, "::ffff:203.0.113.7").as_deref(), Some("330106"));
    assert_eq!(at(&places, "198.51.100.7").as_deref(), Some("330000"), "the file knows the province alone");
    assert_eq!(at(&places, "192.0.2.1").as_deref(), Some("810000"));
    assert_eq!(at(&places, "198.51.100.200"), None, "abroad");
    assert_eq!(at(&places, "10.0.0.1"), None, "not in the file");
    assert_eq!(at(&places, "2001:db8::1"), None, "a file of IPv4 alone");
}

#[test]
fn files_of_another_kind_are_refused_and_the_reason_names_the_kind() {
    let asn = Value::Map(vec![
        ("autonomous_system_number", Value::U32(64_496)),
        ("autonomous_system_organization", Value::Text("Example")),
    ]);
    let reason = refused(&file("GeoLite2-ASN", &[(network("203.0.113.0"), 24, asn)]));
    assert!(reason.contains("GeoLite2-ASN") && reason.contains("City"), "{reason}");
    let country = Value::Map(vec![("country", Value::Map(vec![("iso_code", Value::Text("CN"))]))]);
    let reason = refused(&file("GeoLite2-Country", &[(network("203.0.113.0"), 24, country)]));
    assert!(reason.contains("GeoLite2-Country"), "{reason}");
    // A file that gives other types to the same names.
    let odd = Value::Map(vec![("location", Value::Text("Hangzhou")), ("subdivisions", Value::U32(1))]);
    assert!(refused(&file("Odd", &[(network("203.0.113.0"), 24, odd)])).contains("Odd"));
    assert!(refused(&file("GeoLite2-City", &[])).contains("GeoLite2-City"), "an empty file");
}

#[test]
fn cut_off_damaged_and_foreign_files_are_refused() {
    let whole = cities();
    for length in (0..whole.len()).step_by(7) {
        let reason = refused(&whole[..length]);
        assert!(reason.contains("MaxMind DB") || reason.contains("City") || reason.contains("damaged"), "{reason}");
    }
    assert!(refused(b"PK\x03\x04 a zip file").contains("MaxMind DB"));
    let missing = PlacesByAddress::open("/nowhere/places.mmdb").unwrap_err();
    assert!(missing.to_string().contains("cannot be read"), "{missing}");
    // Any byte may be wrong: a file is refused or it is read, and never ends the process.
    for place in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[place] ^= 0xFF;
        let folder = Folder::new();
        if let Ok(places) = PlacesByAddress::open(folder.write(&damaged)) {
            at(&places, "203.0.113.7");
        }
    }
}

#[test]
fn a_replaced_file_is_read_again_and_a_bad_one_leaves_the_former() {
    let folder = Folder::new();
    let places = PlacesByAddress::open(folder.write(&cities())).unwrap();
    assert!(!places.reload().unwrap(), "nothing changed");
    folder.write(b"not a database at all");
    assert!(places.reload().is_err());
    assert!(!places.reload().unwrap(), "it is complained of once");
    assert_eq!(at(&places, "203.0.113.7").as_deref(), Some("330106"));
    folder.write(&file("DBIP-City-Lite", &[(network("203.0.113.0"), 24, city("CN", "GD", (23.13, 113.26), 500))]));
    assert!(places.reload().unwrap());
    assert_eq!(at(&places, "203.0.113.7").as_deref(), Some("440000"));
}
