//! From a position to the division whose seat is nearest, over a tree of points on the unit sphere.
//!
//! On the sphere the straight line between two points grows with the way over ground, so the nearest by one is the
//! nearest by the other, with no special case at the poles or at the date line.

use std::{collections::HashSet, sync::LazyLock};

use rstar::{PointDistance, RTree, primitives::GeomWithData};

use super::{
    Adcode,
    division::{divisions, rows},
};

/// How far the nearest seat may be for a position to count as in China, in kilometres.
///
/// The widest counties of Xinjiang and Tibet need it. The price: a place abroad within this distance of a Chinese seat
/// (Hanoi, Pyongyang, Vladivostok) gets the code across the border.
pub const REACH_KM: f64 = 300.0;

/// Mean radius of the Earth in kilometres (IUGG 1980, R₁).
const EARTH_RADIUS_KM: f64 = 6371.0088;

/// The lowest-level division whose seat is nearest to a position in degrees, or `None` when no seat lies within
/// [`REACH_KM`] or the position is no position.
///
/// That is a county or district, where there is one; else the city (东莞, 中山, 儋州, 嘉峪关) or the province (Taiwan, Hong
/// Kong, Macau). The seats are read at the first call.
pub fn nearest_county(latitude: f64, longitude: f64) -> Option<Adcode> {
    if !(-90.0..=90.0).contains(&latitude) || !(-180.0..=180.0).contains(&longitude) {
        return None;
    }
    let place = on_unit_sphere(latitude, longitude);
    let seat = SEATS.nearest_neighbor(&place)?;
    let reach_chord = 2.0 * (REACH_KM / (2.0 * EARTH_RADIUS_KM)).sin();
    (seat.distance_2(&place) <= reach_chord * reach_chord).then_some(seat.data)
}

type Seat = GeomWithData<[f64; 3], Adcode>;

static SEATS: LazyLock<RTree<Seat>> = LazyLock::new(|| {
    let towns = rows(include_str!("../../data/towns.tsv")).map(|[adcode, lat, lon, _name]| {
        let degrees = |text: &str| text.parse().expect("the shipped table has degrees");
        let adcode = adcode.parse().expect("the shipped table has six-digit codes");
        Seat::new(on_unit_sphere(degrees(lat), degrees(lon)), adcode)
    });
    RTree::bulk_load(lowest_level_seats().chain(towns).collect())
});

/// The seats of the divisions that have no other below them.
fn lowest_level_seats() -> impl Iterator<Item = Seat> {
    let mut divided = HashSet::new();
    for division in divisions() {
        let above = [division.adcode.prefecture(), division.adcode.province()];
        divided.extend(above.into_iter().filter(|above| *above != division.adcode));
    }
    divisions()
        .iter()
        .filter(move |division| !divided.contains(&division.adcode))
        .map(|division| Seat::new(on_unit_sphere(division.lat, division.lon), division.adcode))
}

fn on_unit_sphere(latitude: f64, longitude: f64) -> [f64; 3] {
    let (sin_lat, cos_lat) = latitude.to_radians().sin_cos();
    let (sin_lon, cos_lon) = longitude.to_radians().sin_cos();
    [cos_lat * cos_lon, cos_lat * sin_lon, sin_lat]
}
