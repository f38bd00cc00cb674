//! A decision in words, from its record alone.

use tallymark_base::Money;
use tallymark_base::geography::Language;

use super::decision::Left;
use super::eligibility::Ineligible;
use super::record::{Gain, Outcome, Reason, Record};

/// Why a decision ended as it did, one sentence a line, in the order in which it went.
pub fn explain(record: &Record, language: Language) -> Vec<String> {
    let say = |chinese: String, english: String| match language {
        Language::Chinese => chinese,
        Language::English => english,
    };
    let (version, at) = (record.rule_version, record.facts.at);
    let mut lines = vec![say(
        format!("{at} 按规则版本 {version} 判定。"),
        format!("Decided at {at} by version {version} of the rules."),
    )];
    let (total, today) = (record.person_total, record.person_today);
    // Wins are counted only where a cap asks for them; zeros may just mean that nobody counted.
    if total > 0 || today > 0 {
        lines.push(say(
            format!("此前该用户在本活动中奖 {total} 次，当天 {today} 次。"),
            format!("Before, the person had won {total} times in the campaign, {today} of them on this day."),
        ));
    }
    if let Some(prize) = record.drawn {
        let Record { draw, .. } = record;
        lines.push(say(
            format!("抽奖数 {:032x}（第 {} 次）落在奖品 {prize} 上。", draw.number, draw.attempt + 1),
            format!("Draw {:032x} (number {}) fell on prize {prize}.", draw.number, draw.attempt + 1),
        ));
    }
    lines.extend(balances(record, language));
    if let (Some(reason), Outcome::Won { .. }) = (record.denied, record.outcome) {
        let why = reason_text(reason, language);
        lines.push(say(format!("抽中的奖品无法发放：{why}。"), format!("The drawn prize could not be given: {why}.")));
    }
    lines.push(match record.outcome {
        Outcome::Won { prize, reward } => {
            let gain = gain_text(reward, language);
            if record.denied.is_some() {
                say(format!("改发替补奖品 {prize}：{gain}。"), format!("The fallback {prize} was given: {gain}."))
            } else {
                say(format!("获得奖品 {prize}：{gain}。"), format!("Prize {prize} was won: {gain}."))
            }
        }
        Outcome::Nothing { reason } => {
            let why = reason_text(reason, language);
            say(format!("未中奖：{why}。"), format!("Nothing was won: {why}."))
        }
    });
    lines
}

/// A line for each balance that the decision looked at.
fn balances(record: &Record, language: Language) -> impl Iterator<Item = String> {
    let number = |left: Option<Left>| left.map(|left| (left.local.to_string(), left.exhausted));
    let yuan = |left: Option<Left>| left.map(|left| (Money::fen(left.local).to_string(), left.exhausted));
    let seen = [
        (number(record.today), "当天剩余中奖名额", "wins left for the day"),
        (number(record.stock), "奖品剩余件数", "pieces of the prize left"),
        (yuan(record.budget_fen), "剩余预算（元）", "yuan of the budget left"),
        (number(record.budget_points), "剩余积分预算", "points of the budget left"),
        (number(record.fallback_stock), "替补奖品剩余件数", "pieces of the fallback left"),
    ];
    seen.into_iter().filter_map(move |(left, chinese, english)| {
        let (shown, exhausted) = left?;
        Some(match (language, exhausted) {
            (Language::Chinese, false) => format!("本服务器{chinese}：{shown}。"),
            (Language::Chinese, true) => format!("本服务器{chinese}：{shown}，其他地方已无剩余。"),
            (Language::English, false) => format!("This server saw {shown} {english}."),
            (Language::English, true) => format!("This server saw {shown} {english}, and none elsewhere."),
        })
    })
}

fn gain_text(gain: Gain, language: Language) -> String {
    match (gain, language) {
        (Gain::RedPacket(fen), Language::Chinese) => format!("红包 {} 元", Money::fen(fen)),
        (Gain::RedPacket(fen), Language::English) => format!("a red packet of {} yuan", Money::fen(fen)),
        (Gain::Points(points), Language::Chinese) => format!("{points} 积分"),
        (Gain::Points(points), Language::English) => format!("{points} points"),
        (Gain::Gift, Language::Chinese) => "实物一件".to_owned(),
        (Gain::Gift, Language::English) => "one piece".to_owned(),
    }
}

const fn reason_text(reason: Reason, language: Language) -> &'static str {
    let (chinese, english) = match reason {
        Reason::NoLuck => ("抽中空奖", "the draw fell on a blank"),
        Reason::PersonCap => ("已达每人中奖上限", "the person has won as often as one can in this campaign"),
        Reason::PersonDayCap => ("已达每人每日中奖上限", "the person has won as often as one can in a day"),
        Reason::DayCap => ("当天中奖名额已满", "all wins of the day are given"),
        Reason::OutOfStock => ("奖品已发完", "no pieces of it are left"),
        Reason::BudgetExhausted => ("预算不足", "the budget does not pay it any more"),
        Reason::Ineligible(reason) => match reason {
            Ineligible::NotStarted => ("活动尚未开始", "the campaign has not begun"),
            Ineligible::Over => ("活动已结束", "the campaign is over"),
            Ineligible::Level => ("仅单品码参与活动", "only items take part"),
            Ineligible::Face => ("该码面不参与活动", "this face of the code does not take part"),
            Ineligible::Product => ("该商品不参与活动", "this product does not take part"),
            Ineligible::Batch => ("该批次不参与活动", "this code batch does not take part"),
            Ineligible::PlaceUnknown => ("无法确定所在地区", "the place of the scan is not known"),
            Ineligible::Place => ("所在地区不参与活动", "the campaign does not run in this place"),
            Ineligible::Audience => ("不在活动人群内", "the campaign is for other people"),
        },
    };
    match language {
        Language::Chinese => chinese,
        Language::English => english,
    }
}
