//! From an address of the network to a place, by a file in the MaxMind DB format that the operator loads: GeoLite2 City,
//! GeoIP2 City, or another with the same fields.
//!
//! Source: MaxMind DB File Format Specification 2.0, and the fields of GeoIP2 City. Such a file does not know where
//! somebody is; it knows where the addresses of a network are mostly used, and how far off that is.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use maxminddb::{MaxMindDbError, Reader, WithinOptions};
use serde::Deserialize;
use tallymark_base::geography::{Adcode, division, nearest_county};

use crate::Error;

/// Records that are looked at to tell what kind of file it is.
const RECORDS_PROBED_MAX: usize = 20_000;
/// The largest file that is read into memory; GeoIP2 City has about 130 MB.
const FILE_BYTES_MAX: u64 = 1 << 30;
/// Up to this uncertainty the county of the point is named.
const COUNTY_WITHIN_KM: u16 = 20;
/// Up to this uncertainty the prefecture of the point is named; beyond, the province alone.
const PREFECTURE_WITHIN_KM: u16 = 100;

/// Places by address, from a file that may be replaced while the server runs. Cheap to clone; clones see the same file.
#[derive(Clone)]
pub struct PlacesByAddress {
    path: Arc<Path>,
    loaded: Arc<RwLock<Loaded>>,
}

struct Loaded {
    reader: Arc<Reader<Vec<u8>>>,
    /// When the file was changed last, and how long it is.
    version: Version,
    /// The version that could not be used, so that it is complained of once.
    refused: Option<Version>,
}

type Version = (Option<SystemTime>, u64);

/// The fields that matter; all of them may be missing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Record<'a> {
    #[serde(borrow)]
    country: Named<'a>,
    #[serde(borrow)]
    subdivisions: Vec<Named<'a>>,
    location: Location,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Named<'a> {
    #[serde(borrow)]
    iso_code: Option<&'a str>,
}

#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(default)]
struct Location {
    latitude: Option<f64>,
    longitude: Option<f64>,
    /// In kilometres.
    accuracy_radius: Option<u16>,
}

impl std::fmt::Debug for PlacesByAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PlacesByAddress({})", self.path.display())
    }
}

impl PlacesByAddress {
    /// Loads a file. One that is no such file, is cut off, or has no places (ASN, Country, …) is refused with
    /// [`Error::PlaceFile`].
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path: Arc<Path> = path.into().into();
        let (reader, version) = load(&path)?;
        let loaded = Loaded { reader: Arc::new(reader), version, refused: None };
        Ok(Self { path, loaded: Arc::new(RwLock::new(loaded)) })
    }

    /// Where addresses like this one are used, as exactly as the file knows; `None` outside China and for addresses
    /// that the file does not have.
    pub fn place(&self, address: IpAddr) -> Option<Adcode> {
        let reader = self.loaded.read().unwrap_or_else(PoisonError::into_inner).reader.clone();
        let record = reader.lookup(address.to_canonical()).ok()?.decode::<Record<'_>>().ok()??;
        place_of(&record)
    }

    /// Loads the file again where it was replaced; gives whether it was. A file that cannot be used is an error once,
    /// and the places of the former file stay.
    pub fn reload(&self) -> Result<bool, Error> {
        let found = version(&self.path)?;
        {
            let loaded = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
            if loaded.version == found || loaded.refused == Some(found) {
                return Ok(false);
            }
        }
        // Reading takes a while, and look-ups go on meanwhile.
        let result = load(&self.path);
        let mut loaded = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok((reader, version)) => {
                *loaded = Loaded { reader: Arc::new(reader), version, refused: None };
                Ok(true)
            }
            Err(error) => {
                loaded.refused = Some(found);
                Err(error)
            }
        }
    }
}

fn version(path: &Path) -> Result<Version, Error> {
    let refused = |error: std::io::Error| refusal(path, format!("it cannot be read: {error}"));
    let metadata = std::fs::metadata(path).map_err(refused)?;
    Ok((metadata.modified().ok(), metadata.len()))
}

fn load(path: &Path) -> Result<(Reader<Vec<u8>>, Version), Error> {
    let version = version(path)?;
    if version.1 > FILE_BYTES_MAX {
        return Err(refusal(path, "it is larger than 1 GiB".to_owned()));
    }
    let reader = Reader::open_readfile(path).map_err(|error| match error {
        MaxMindDbError::Io(error) => refusal(path, format!("it cannot be read: {error}")),
        other => refusal(path, format!("it is no whole file in the MaxMind DB format ({other})")),
    })?;
    match names_places(&reader) {
        Ok(true) => Ok((reader, version)),
        Ok(false) => {
            let kind: String = reader.metadata().database_type.chars().take(60).collect();
            let reason = format!("it is a {kind} file without positions; a City file is needed, such as GeoLite2-City");
            Err(refusal(path, reason))
        }
        Err(error) => Err(refusal(path, format!("it is damaged ({error})"))),
    }
}

/// Whether one of the first records has a position or a province. Every City file has, no ASN or Country file has.
fn names_places(reader: &Reader<Vec<u8>>) -> Result<bool, MaxMindDbError> {
    for found in reader.networks(WithinOptions::default())?.take(RECORDS_PROBED_MAX) {
        // Records of other kinds may have other types under the same names: they are no places.
        let Ok(Some(record)) = found?.decode::<Record<'_>>() else { continue };
        if record.location.latitude.is_some() || record.subdivisions.iter().any(|named| named.iso_code.is_some()) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn refusal(path: &Path, reason: String) -> Error {
    Error::PlaceFile { path: path.to_owned(), reason }
}

fn place_of(record: &Record<'_>) -> Option<Adcode> {
    let province = match record.country.iso_code? {
        "CN" => record.subdivisions.first().and_then(|named| province_of(named.iso_code?)),
        "TW" => return Adcode::try_from(710_000).ok(),
        "HK" => return Adcode::try_from(810_000).ok(),
        "MO" => return Adcode::try_from(820_000).ok(),
        _ => return None,
    };
    let Location { latitude, longitude, accuracy_radius } = record.location;
    let county = latitude.zip(longitude).and_then(|(latitude, longitude)| nearest_county(latitude, longitude));
    match (province, county) {
        // A point of another province is a point near a border, or the middle of the country: the province is surer.
        (Some(province), Some(county)) if county.province() != province => Some(province),
        (province, Some(county)) => match accuracy_radius {
            Some(radius) if radius <= COUNTY_WITHIN_KM => Some(county),
            Some(radius) if radius <= PREFECTURE_WITHIN_KM => Some(prefecture_of(county)),
            // Without a province the point may be the middle of the country.
            _ => province,
        },
        (province, None) => province,
    }
}

/// The prefecture of a county, or the province where that is governed without a prefecture between.
fn prefecture_of(county: Adcode) -> Adcode {
    let prefecture = county.prefecture();
    // 市辖区 and 县 of a municipality, and the groups of counties that a province governs itself, are no places.
    let is_place = |name: &str| name.ends_with(['市', '州', '盟']) || name.ends_with("地区");
    let is_place = division(prefecture).is_some_and(|division| is_place(division.name_zh));
    if is_place { prefecture } else { county.province() }
}

/// The province of an ISO 3166-2:CN code without its `CN-`, or of the digits that stood there before 2017.
fn province_of(iso_code: &str) -> Option<Adcode> {
    let number = match iso_code {
        "BJ" => 11,
        "TJ" => 12,
        "HE" => 13,
        "SX" => 14,
        "NM" => 15,
        "LN" => 21,
        "JL" => 22,
        "HL" => 23,
        "SH" => 31,
        "JS" => 32,
        "ZJ" => 33,
        "AH" => 34,
        "FJ" => 35,
        "JX" => 36,
        "SD" => 37,
        "HA" => 41,
        "HB" => 42,
        "HN" => 43,
        "GD" => 44,
        "GX" => 45,
        "HI" => 46,
        "CQ" => 50,
        "SC" => 51,
        "GZ" => 52,
        "YN" => 53,
        "XZ" => 54,
        "SN" => 61,
        "GS" => 62,
        "QH" => 63,
        "NX" => 64,
        "XJ" => 65,
        "TW" => 71,
        "HK" => 81,
        "MO" => 82,
        digits => digits.parse::<u32>().ok().filter(|number| (11..=82).contains(number))?,
    };
    let province = Adcode::try_from(number * 10_000).ok()?;
    division(province).map(|division| division.adcode)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(province: Option<&str>, position: Option<(f64, f64)>, radius_km: Option<u16>) -> Option<String> {
        let record = Record {
            country: Named { iso_code: Some("CN") },
            subdivisions: province.map(|code| Named { iso_code: Some(code) }).into_iter().collect(),
            location: Location {
                latitude: position.map(|position| position.0),
                longitude: position.map(|position| position.1),
                accuracy_radius: radius_km,
            },
        };
        place_of(&record).map(|place| place.to_string())
    }

    /// West Lake in Hangzhou: 330106 (GB/T 2260).
    const WEST_LAKE: Option<(f64, f64)> = Some((30.25, 120.13));
    /// The Forbidden City in Beijing.
    const FORBIDDEN_CITY: Option<(f64, f64)> = Some((39.917, 116.397));

    #[test]
    fn a_place_is_as_exact_as_the_file_says_and_no_more() {
        assert_eq!(at(Some("ZJ"), WEST_LAKE, Some(10)).as_deref(), Some("330106"));
        assert_eq!(at(Some("ZJ"), WEST_LAKE, Some(50)).as_deref(), Some("330100"));
        assert_eq!(at(Some("ZJ"), WEST_LAKE, Some(500)).as_deref(), Some("330000"));
        assert_eq!(at(Some("ZJ"), WEST_LAKE, None).as_deref(), Some("330000"));
        assert_eq!(at(Some("BJ"), FORBIDDEN_CITY, Some(50)).as_deref(), Some("110000"), "110100 is no place");
    }

    #[test]
    fn the_province_wins_over_a_point_elsewhere() {
        assert_eq!(at(Some("GD"), WEST_LAKE, Some(10)).as_deref(), Some("440000"));
        assert_eq!(at(Some("33"), None, None).as_deref(), Some("330000"), "the codes before 2017");
        assert_eq!(at(Some("??"), None, None), None);
        // What files give for an address of which they know the country alone: its middle, within 1,000 km.
        assert_eq!(at(None, Some((34.77, 113.72)), Some(1000)), None);
    }

    #[test]
    fn every_province_has_its_iso_code() {
        let codes =
            "BJ TJ HE SX NM LN JL HL SH JS ZJ AH FJ JX SD HA HB HN GD GX HI CQ SC GZ YN XZ SN GS QH NX XJ TW HK MO";
        let mut provinces: Vec<Adcode> = codes.split(' ').filter_map(province_of).collect();
        provinces.sort_unstable();
        provinces.dedup();
        assert_eq!(provinces.len(), 34);
    }
}
