//! Small files of places by network address, for tests: the MaxMind DB format, written from its specification 2.0 and
//! not from any reader's source.

use std::net::Ipv4Addr;

/// A value of the data section.
#[derive(Debug, Clone)]
pub enum Value {
    /// UTF-8.
    Text(&'static str),
    /// IEEE 754, 64 bits.
    Double(f64),
    /// Unsigned, 16 bits.
    U16(u16),
    /// Unsigned, 32 bits.
    U32(u32),
    /// Unsigned, 64 bits.
    U64(u64),
    /// Names and values, in any order.
    Map(Vec<(&'static str, Value)>),
    /// Values in order.
    Array(Vec<Value>),
}

/// A record as City files have it: country and province by their ISO 3166 codes, a point in degrees, and within how many
/// kilometres of it.
pub fn city(country: &'static str, province: &'static str, (lat, lon): (f64, f64), radius_km: u16) -> Value {
    Value::Map(vec![
        ("country", Value::Map(vec![("geoname_id", Value::U32(1_814_991)), ("iso_code", Value::Text(country))])),
        (
            "location",
            Value::Map(vec![
                ("accuracy_radius", Value::U16(radius_km)),
                ("latitude", Value::Double(lat)),
                ("longitude", Value::Double(lon)),
                ("time_zone", Value::Text("Asia/Shanghai")),
            ]),
        ),
        ("subdivisions", Value::Array(vec![Value::Map(vec![("iso_code", Value::Text(province))])])),
    ])
}

/// A file with one record for each network of IPv4, given as address and prefix length. The networks must not overlap.
pub fn file(database_type: &'static str, networks: &[(Ipv4Addr, u32, Value)]) -> Vec<u8> {
    let mut data = Vec::new();
    // Each node is two records; what is not set yet is "no data", which is the number of nodes.
    let mut nodes: Vec<[Option<Target>; 2]> = vec![[None; 2]];
    for (address, prefix, value) in networks {
        let offset = data.len();
        encode(value, &mut data);
        let bits = u32::from(*address);
        let mut node = 0;
        for depth in 0..*prefix {
            let side = (bits >> (31 - depth) & 1) as usize;
            if depth == prefix - 1 {
                nodes[node][side] = Some(Target::Data(offset));
            } else if let Some(Target::Node(next)) = nodes[node][side] {
                node = next;
            } else {
                nodes.push([None; 2]);
                let next = nodes.len() - 1;
                nodes[node][side] = Some(Target::Node(next));
                node = next;
            }
        }
    }
    let count = nodes.len();
    let mut file = Vec::new();
    for target in nodes.iter().flatten() {
        // A pointer into the data section counts from the end of the tree, 16 bytes before the section.
        let record = match target {
            None => count,
            Some(Target::Node(node)) => *node,
            Some(Target::Data(offset)) => count + 16 + offset,
        };
        file.extend_from_slice(&(record as u32).to_be_bytes()[1..]);
    }
    file.extend_from_slice(&[0; 16]);
    file.extend_from_slice(&data);
    file.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
    let metadata = Value::Map(vec![
        ("binary_format_major_version", Value::U16(2)),
        ("binary_format_minor_version", Value::U16(0)),
        ("build_epoch", Value::U64(1_772_323_200)),
        ("database_type", Value::Text(database_type)),
        ("description", Value::Map(vec![("en", Value::Text("made by a test"))])),
        ("ip_version", Value::U16(4)),
        ("languages", Value::Array(vec![Value::Text("en")])),
        ("node_count", Value::U32(count as u32)),
        ("record_size", Value::U16(24)),
    ]);
    encode(&metadata, &mut file);
    file
}

#[derive(Debug, Clone, Copy)]
enum Target {
    Node(usize),
    Data(usize),
}

fn encode(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Text(text) => {
            control(2, text.len(), out);
            out.extend_from_slice(text.as_bytes());
        }
        Value::Double(number) => {
            control(3, 8, out);
            out.extend_from_slice(&number.to_be_bytes());
        }
        Value::U16(number) => unsigned(5, &number.to_be_bytes(), out),
        Value::U32(number) => unsigned(6, &number.to_be_bytes(), out),
        Value::U64(number) => unsigned(9, &number.to_be_bytes(), out),
        Value::Map(pairs) => {
            control(7, pairs.len(), out);
            for (key, value) in pairs {
                encode(&Value::Text(key), out);
                encode(value, out);
            }
        }
        Value::Array(values) => {
            control(11, values.len(), out);
            values.iter().for_each(|value| encode(value, out));
        }
    }
}

/// Leading zeros are left out.
fn unsigned(kind: u8, bytes: &[u8], out: &mut Vec<u8>) {
    let bytes = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
    control(kind, bytes.len(), out);
    out.extend_from_slice(bytes);
}

/// Three bits of type and five of size; types from 8 on take the next byte, sizes from 29 on the one after.
fn control(kind: u8, size: usize, out: &mut Vec<u8>) {
    assert!(size < 29 + 256, "longer values are not needed here");
    let short = size.min(29) as u8;
    if kind < 8 {
        out.push(kind << 5 | short);
    } else {
        out.extend_from_slice(&[short, kind - 7]);
    }
    if size >= 29 {
        out.push((size - 29) as u8);
    }
}
