//! What can go wrong with the companies outside, on demand.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Everything that goes wrong; nothing by default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Trouble {
    /// At WeChat.
    pub wechat: WechatTrouble,
    /// At those who send messages.
    pub sms: SmsTrouble,
}

/// Trouble with the exchange of codes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WechatTrouble {
    /// The next so many exchanges fail with `errcode`, and use no code up.
    pub times: u32,
    /// With what they fail: -1 busy, 45011 too often, 40125 wrong secret, …
    pub errcode: i64,
    /// Every exchange takes so long.
    pub delay_ms: u64,
    /// Whoever signs in is a preview account.
    pub snapshot: bool,
    /// Browsers come back with another state than they brought.
    pub wrong_state: bool,
    /// Browsers come back with a code that nobody gave.
    pub wrong_code: bool,
    /// The next so many answers are not JSON.
    pub garbled: u32,
}

/// Trouble with messages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmsTrouble {
    /// The next so many messages are not taken, and answered with `status` and `code`.
    pub times: u32,
    /// The HTTP status; 503 where it is 0.
    pub status: u16,
    /// The code; `unavailable` where it is empty.
    pub code: String,
    /// Every answer takes so long.
    pub delay_ms: u64,
    /// The next so many messages are taken, and the answer never comes.
    pub lost_answers: u32,
}

impl WechatTrouble {
    /// The error of this exchange, if it is to fail.
    pub(crate) fn next(&mut self) -> Option<i64> {
        take_one(&mut self.times).then_some(self.errcode)
    }

    pub(crate) fn next_is_garbled(&mut self) -> bool {
        take_one(&mut self.garbled)
    }

    pub(crate) fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms)
    }
}

impl SmsTrouble {
    /// Status and code of this message, if it is not to be taken.
    pub(crate) fn next(&mut self) -> Option<(u16, String)> {
        let status = if self.status == 0 { 503 } else { self.status };
        let code = if self.code.is_empty() { "unavailable".to_owned() } else { self.code.clone() };
        take_one(&mut self.times).then_some((status, code))
    }

    pub(crate) fn next_answer_is_lost(&mut self) -> bool {
        take_one(&mut self.lost_answers)
    }

    pub(crate) fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms)
    }
}

fn take_one(left: &mut u32) -> bool {
    let had = *left > 0;
    *left = left.saturating_sub(1);
    had
}
