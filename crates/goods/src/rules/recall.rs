//! Which texts a recall may have, and which recall a code belongs to where several reach it.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::text;
use super::trace::fact::Indexes;
use crate::{Error, RecallError, RecallNotice, RecallText};

/// Most languages of a recall.
pub const TEXTS_MAX: usize = 8;
/// Characters of a message, and of a reason.
pub const MESSAGE_MAX: usize = 200;
/// Characters of instructions.
pub const INSTRUCTIONS_MAX: usize = 1_000;

/// Accepts what a recall says: 1 to 8 languages, each once.
pub fn check_texts(texts: &[RecallText]) -> Result<(), Error> {
    let mut languages = HashSet::new();
    let is_tag = |tag: &str| {
        (2..=35).contains(&tag.len())
            && tag
                .split('-')
                .all(|part| (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric()))
    };
    let is_right =
        texts.iter().all(|text| is_tag(&text.language) && languages.insert(text.language.to_ascii_lowercase()));
    if texts.is_empty() || texts.len() > TEXTS_MAX || !is_right {
        return Err(RecallError::Texts { max: TEXTS_MAX }.into());
    }
    for one in texts {
        text::check("message", &one.message, MESSAGE_MAX)?;
        // Instructions may have lines.
        text::check("text of instructions", &one.instructions.replace(['\n', '\r'], " "), INSTRUCTIONS_MAX)?;
    }
    Ok(())
}

/// The recalls that stand: for any code the latest that reaches it.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// First index of a run → its last, and the recall. Runs do not overlap.
    runs: BTreeMap<u64, (u64, Arc<RecallNotice>)>,
}

impl Standing {
    /// Adds a run of a recall that is later than those before it.
    pub fn push(&mut self, run: Indexes, notice: &Arc<RecallNotice>) {
        // What an earlier recall has of the run is the later one's.
        let overlapping: Vec<u64> = self
            .runs
            .range(..=run.last)
            .rev()
            .take_while(|(_, (last, _))| *last >= run.first)
            .map(|(first, _)| *first)
            .collect();
        for first in overlapping {
            let Some((last, earlier)) = self.runs.remove(&first) else { continue };
            if first < run.first {
                self.runs.insert(first, (run.first - 1, earlier.clone()));
            }
            if last > run.last {
                self.runs.insert(run.last + 1, (last, earlier));
            }
        }
        self.runs.insert(run.first, (run.last, notice.clone()));
    }

    /// The recall that a code belongs to.
    pub fn of(&self, index: u64) -> Option<&Arc<RecallNotice>> {
        let (_, (last, notice)) = self.runs.range(..=index).next_back()?;
        (index <= *last).then_some(notice)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tallymark_base::TypedId as _;
    use tallymark_base::id::RecallId;

    use super::*;

    fn notice(number: i64) -> Arc<RecallNotice> {
        Arc::new(RecallNotice { id: RecallId::from_raw(number), texts: Vec::new() })
    }

    proptest! {
        #[test]
        fn the_latest_recall_that_reaches_a_code_is_its_recall(
            runs in prop::collection::vec((0_u64..60, 0_u64..20), 0..20),
        ) {
            let mut standing = Standing::default();
            let mut plain = [None; 100];
            for (number, (first, more)) in (1..).zip(runs) {
                standing.push(Indexes::new(first, first + more), &notice(number));
                plain[first as usize..=(first + more) as usize].fill(Some(number));
            }
            for (index, expected) in (0..).zip(plain) {
                prop_assert_eq!(standing.of(index).map(|notice| notice.id.raw()), expected);
            }
        }
    }

    #[test]
    fn a_recall_speaks_each_language_once_and_not_without_words() {
        let text = |language: &str, message: &str| RecallText {
            language: language.into(),
            message: message.into(),
            instructions: "请停止饮用。\n可到任何门店退货。".into(),
        };
        assert!(check_texts(&[text("zh-CN", "瓶盖可能漏气"), text("en", "The cap may leak")]).is_ok());
        let refused: [&[RecallText]; 5] = [
            &[],
            &[text("zh-CN", " ")],
            &[text("en", "a"), text("EN", "b")],
            &[text("中文", "a")],
            &[text("en", &"a".repeat(201))],
        ];
        for texts in refused {
            assert!(check_texts(texts).is_err(), "{texts:?}");
        }
        let notice = RecallNotice { id: RecallId::from_raw(1), texts: vec![text("zh-CN", "中"), text("en-GB", "e")] };
        let said = |language: &str| notice.text(language).map(|text| text.message.as_str());
        assert_eq!((said("en"), said("zh"), said("fr"), said("EN-gb")), (Some("e"), Some("中"), Some("中"), Some("e")));
    }
}
