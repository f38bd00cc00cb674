//! Three hundred scans of the demo's people: seven of ten are the first of a bottle, two repeat one, one is a code that
//! nobody issued. Some people give their phone number as well.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::client::{Client, number, text};
use crate::failure::Result;
use crate::load::device_value;
use crate::random::Sequence;

/// Devices of the demo.
const DEVICES: u64 = 140;

/// A bottle on a shelf: its inner code and the county of the store.
#[derive(Debug, Clone)]
pub(crate) struct Bottle {
    pub(crate) code: String,
    pub(crate) adcode: u32,
}

/// What the server answered.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Scans by verdict.
    pub(crate) verdicts: BTreeMap<String, u64>,
    /// Scans by what came of asking for the reward.
    pub(crate) rewards: BTreeMap<String, u64>,
    /// Red packets in all.
    pub(crate) paid_fen: i64,
    /// A scan that won a red packet, to be looked at.
    pub(crate) won: Option<String>,
}

/// Plays the scans; `bottles` must hold at least 70 % as many.
pub(crate) async fn play(client: &Client, bottles: &[Bottle], scans: u64, chance: &mut Sequence) -> Result<Tally> {
    let mut tally = Tally::default();
    let mut opened = 0;
    for n in 0..scans {
        let (code, adcode) = match n % 10 {
            0..=6 => {
                opened += 1;
                let bottle = &bottles[opened - 1];
                (bottle.code.clone(), bottle.adcode)
            }
            7 | 8 => {
                let bottle = &bottles[chance.below(opened as u64) as usize];
                (bottle.code.clone(), bottle.adcode)
            }
            _ => (forged(&bottles[opened - 1].code, chance), bottles[opened - 1].adcode),
        };
        let answer = client.post("/v1/scans", &scan(&code, adcode, chance)).await?;
        count(&mut tally, &answer)?;
    }
    Ok(tally)
}

fn scan(code: &str, adcode: u32, chance: &mut Sequence) -> Value {
    let device = chance.below(DEVICES);
    let value = String::from_utf8_lossy(&device_value(device)).into_owned();
    let mut identifiers = vec![json!({ "kind": "device", "value": value })];
    // Every fifth device belongs to a member who gives a phone number; two such devices share one.
    if device.is_multiple_of(5) {
        let phone = format!("138{:08}", device / 10 + 1);
        identifiers.push(json!({ "kind": "phone", "value": phone }));
    }
    json!({ "code": code, "identifiers": identifiers, "place": { "adcode": adcode.to_string() }, "claim": true })
}

/// The code with one character changed: the check no longer fits.
fn forged(code: &str, chance: &mut Sequence) -> String {
    let place = chance.below(code.len() as u64) as usize;
    let letters = code.char_indices();
    letters
        .map(|(at, letter)| {
            if at != place {
                letter
            } else if letter == '7' {
                '8'
            } else {
                '7'
            }
        })
        .collect()
}

fn count(tally: &mut Tally, answer: &Value) -> Result<()> {
    *tally.verdicts.entry(text(answer, "verdict")?.to_owned()).or_default() += 1;
    let reward = &answer["reward"];
    let status = text(reward, "status")?;
    let prizes: Vec<&Value> = reward["won"].as_array().into_iter().flatten().collect();
    // What was opened is told by what it gave; everything else by its status.
    if status != "opened" || prizes.is_empty() {
        let name = if status == "opened" { "blank" } else { status };
        *tally.rewards.entry(name.to_owned()).or_default() += 1;
        return Ok(());
    }
    for prize in prizes {
        let kind = text(prize, "kind")?;
        *tally.rewards.entry(kind.to_owned()).or_default() += 1;
        if kind == "red_packet" {
            tally.paid_fen += number(prize, "amount")?;
            tally.won.get_or_insert(text(answer, "scan")?.to_owned());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forged_code_differs_in_one_character() {
        let mut chance = Sequence::new(1);
        for _ in 0..100 {
            let forged = forged("0123456777ABCDEF", &mut chance);
            let different = forged.chars().zip("0123456777ABCDEF".chars()).filter(|(a, b)| a != b).count();
            assert_eq!((forged.len(), different), (16, 1));
        }
    }
}
