//! Where a thing is: China's administrative divisions by their GB/T 2260 code, whether one lies in another, and the
//! division whose seat is nearest to a position.
//!
//! A territory is a set of [`Adcode`]s, and a place is in it when one of them [contains](Adcode::contains) the place's
//! code. A position becomes a code by [`nearest_county`], which knows seats and no borders: near a border it may name
//! the neighbour. The tables, their sources and how they were checked: `data/README.md` of this crate.
//!
//! ```
//! use tallymark_base::geography::{Adcode, Language, name_path, nearest_county};
//!
//! let zhejiang: Adcode = "330000".parse()?;
//! let place = nearest_county(30.25, 120.13).expect("Hangzhou is in China");
//! assert_eq!(place.to_string(), "330106");
//! assert!(zhejiang.contains(place));
//! assert_eq!(name_path(place, Language::Chinese).as_deref(), Some("浙江省杭州市西湖区"));
//! # Ok::<(), tallymark_base::geography::AdcodeError>(())
//! ```

mod adcode;
mod division;
mod nearest;

pub use adcode::{Adcode, AdcodeError, Level};
pub use division::{Division, Language, division, divisions, name_path};
pub use nearest::{REACH_KM, nearest_county};
