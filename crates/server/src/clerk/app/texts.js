// Every word of the page, in both languages. The phone's language is taken, until somebody chooses another.

import { REFUSALS } from "./refusals.js";

const en = {
  title: "Goods", language: "中文", "language.label": "中文 · 切换到中文", back: "Back", 
  online: "Online", offline: "Offline", "waiting.n": "{n} waiting",
  "sign_in.title": "Sign in", "sign_in.hint": "You can also open a sign-in link or scan its QR code.", email: "Email", password: "Password",
  "sign_in.code": "Code of your authenticator app", "sign_in.do": "Sign in", "sign_in.by_link": "Signing in by link…", "sign_out": "Sign out",
  "sign_in.kept": "Scans wait on this phone. They are kept, and sent when whoever made them signs in again.",
  
  "sign_out.waits": "{n} jobs wait to be sent. They stay on this phone and are sent when you sign in again.",
  no_goods: "You may not handle goods here.", no_goods_hint: "Ask your brand for the role of a clerk or a store.",
  "what.title": "What are you doing?", "what.open": "Not finished", "what.refused": "Needs you", "what.recent": "Last jobs",
  ship: "Ship", receive: "Receive", return: "Return", pack: "Pack", unpack: "Unpack", open: "Open", replace: "Replace a label", sell: "Sell", destroy: "Destroy", look: "Check a code", 
  "ship.hint": "Hand goods to somebody", "receive.hint": "Goods have arrived", "return.hint": "Back to whom they came from",
  "pack.hint": "Put into a box, case or pallet", "unpack.hint": "Take out of a pack", "open.hint": "Everything comes out", "replace.hint": "A label cannot be read", "sell.hint": "Over the counter", "destroy.hint": "Broken or expired", "look.hint": "What is this?",
  "ship.place": "Who gets the goods?", "receive.place": "Where have they arrived?", "sell.place": "Who sells them?", "destroy.place": "Where are they destroyed?",
  "place.search": "Name or code", "place.recent": "Recent", "place.own": "Your organisation", "place.all": "All", "place.none": "Nothing is called that.",
  "place.more": "{n} more: type some of the name", "place.loading": "Loading…", "place.offline": "No list on this phone yet. Connect once to load it.",
  "place.cut": "{n} are kept on this phone; the others are found by name while online.",
  brand: "Brand", region: "Region", dealer: "Dealer", store: "Store",
  "scan.start": "Scan with the gun, the camera, or type a code", "scan.camera": "Camera", "scan.camera_off": "Camera off", "scan.torch": "Light", "scan.typed": "Type a code",
  "scan.add": "Add", "scan.list": "Scanned", "scan.empty": "Nothing yet", "scan.undo": "Undo last", "scan.remove": "Remove", "scan.more": "Show {n} earlier",
  "scan.again": "Already in the list", "scan.bad": "Not one of our codes: {read}", "scan.undone": "Taken away: {code}", "scan.good": "Scanned",
  "scan.drop": "Discard", "scan.drop_sure": "Discard {n} scans? Nothing of them was sent.", 
  "scan.no_camera": "There is no camera, or this page may not use it. Allow it in the browser's settings, or use the gun.",
  "scan.insecure": "The camera needs https. The gun and typing work.",
  "ask.pack": "Scan the pack first", "ask.code": "Scan what goes into it", "ask.old": "Scan or type the old label", "ask.new": "Scan the new label",
  "next.pack": "Next pack", "this.pack": "In this pack",
  "do.ship": "Ship {n}", "do.receive": "Receive {n}", "do.return": "Return {n}", "do.pack": "Pack {n}", "do.unpack": "Unpack {n}", "do.open": "Open {n}", "do.replace": "Replace {n}", "do.sell": "Sell {n}", "do.destroy": "Destroy {n}",
  codes: "codes", items: "items", "n.codes": "{n} codes", "n.items": "{n} items", "n.unknown": "{n} not looked up yet",
  "level.item": "item", "level.box": "box", "level.case": "case", "level.pallet": "pallet",
  "n.item": "{n} items", "n.box": "{n} boxes", "n.case": "{n} cases", "n.pallet": "{n} pallets", "1.item": "1 item", "1.box": "1 box", "1.case": "1 case", "1.pallet": "1 pallet", "1.codes": "1 code", "1.items": "1 item",
  "role.pack": "Pack", "role.old": "Old label", "role.new": "New label",
  "doubt.unknown": "Not of your brand, or not at your place", "doubt.void": "Withdrawn: do not hand it on", "doubt.recalled": "Recalled: do not hand it on", "doubt.there": "Is at {name} already",
  "doubt.not_sent": "Was not sent to anybody; will be reported", "doubt.elsewhere": "Should be at {name}; will be reported", "doubt.arrived": "Arrived here before; will be reported",
  "doubt.never_left": "Was never handed to anybody", "doubt.no_pack": "Is an item, not a pack", "doubt.packed": "Lies in another pack", "doubt.not_packed": "Lies in no pack", "doubt.empty": "Nothing lies in it",
  "doubt.sold": "Was sold by {name}", "doubt.destroyed": "Was destroyed by {name}", "doubt.comes_back": "Was sold here: a customer brings it back", "doubt.not_here": "Is not known to be here",
  "receipt.title.ship": "Shipped", "receipt.title.receive": "Received", "receipt.title.return": "Returned", "receipt.title.pack": "Packed", "receipt.title.unpack": "Unpacked", "receipt.title.open": "Opened", "receipt.title.replace": "Replaced", "receipt.title.sell": "Sold", "receipt.title.destroy": "Destroyed",
  "receipt.waits": "Waits to be sent", "receipt.waits_hint": "It is kept on this phone and sent as soon as there is a network. You can go on working.", "receipt.sending": "Being sent…",
  "receipt.all": "Recorded", "receipt.some": "{n} refused", "receipt.none": "Nothing was recorded", "receipt.reported": "{n} reported as unexpected",
  "receipt.to": "To", "receipt.by": "At", "receipt.back_to": "Back to", "receipt.when": "Scanned", "receipt.who": "By", "receipt.ids": "Operation", "receipt.products": "Per product",
  "receipt.share": "Share", "receipt.print": "Print", "receipt.more": "Next job", "receipt.home": "To the start", "receipt.copied": "Copied",
  "receipt.dismiss": "Done with these", "receipt.again": "Send again", "receipt.move": "Take out there, put in here", "receipt.undo_last": "Undo last", "receipt.undo": "Undo", "receipt.undone": "Taken back", "receipt.undoing": "Being taken back…",
  "receipt.refused": "Refused", 
  "reported.not_shipped": "Reported: was not sent to anybody", "reported.shipped_to_other": "Reported: should be elsewhere", "reported.received_twice": "Reported: arrived twice", "reported.sold_before": "Reported: had been sold", "reported.destroyed_before": "Reported: had been destroyed",
  "undo.cannot": "This cannot be taken back.", "undo.pack": "A pack is emptied by taking out what lies in it.", "undo.unpack": "It is not known which pack it lay in; pack it again.",
  "undo.ship": "The goods were the brand's own; the receiver can return them.", "undo.return": "The goods are out of your hands; the receiver can ship them back.",
  "undo.receive": "What has arrived cannot be undone; return it or ship it on.", "undo.open": "An opened pack cannot be closed again; pack it anew.", "undo.replace": "A replaced label stays replaced.", "undo.destroy": "What was destroyed does not come back.",
  "look.title": "Check a code", "look.do": "Check", "look.batch": "Lot", "look.level": "Level", "look.sscc": "SSCC", "look.holds": "Holds", "look.holder": "Held by", "look.sold": "Sold by", "look.destroyed": "Destroyed by", "look.brand": "the brand itself", "look.since": "since {at}",
  "look.way": "On its way there, not yet received", "look.arrived": "Received there", "look.packs": "Lies in", "look.alone": "in no pack", "look.state": "State",
  "state.active": "Active", "state.not_active": "Not active yet", "state.void": "Withdrawn", "state.recalled": "Recalled", "look.history": "What happened", "look.nothing": "Nothing was recorded yet",
  "step.packed": "Packed", "step.unpacked": "Taken out", "step.opened": "Opened", "step.shipped": "Shipped to {name}", "step.received": "Received by {name}", "step.sold": "Sold by {name}", "step.destroyed": "Destroyed by {name}", "step.replaced_by": "Label replaced", "step.replaces": "New label", "step.elsewhere": "another organisation",
  "look.offline": "Checking needs a network.", "queue.title": "To be sent", "queue.none": "Nothing waits. Everything was sent.", "queue.send": "Send now", "queue.tries": "tried {n} times",
  "error.answer": "Something between this phone and the server answered instead of it. Is there a network that wants a sign-in?", "error.offline": "There is no connection to the server.",
  serial: "No. {n}",
};

const zh = {
  title: "货物作业", language: "EN", "language.label": "EN · Switch to English", back: "返回", 
  online: "在线", offline: "离线", "waiting.n": "{n} 单待发送",
  "sign_in.title": "登录", "sign_in.hint": "也可以打开登录链接，或扫它的二维码。", email: "邮箱", password: "密码",
  "sign_in.code": "验证器应用里的验证码", "sign_in.do": "登录", "sign_in.by_link": "正在用链接登录…", "sign_out": "退出登录",
  "sign_in.kept": "这部手机上有扫过的内容待发送，都还在；本人重新登录后就会发送。",
  
  "sign_out.waits": "还有 {n} 单待发送，会留在这部手机上，等你重新登录后发送。",
  no_goods: "你没有处理货物的权限。", no_goods_hint: "请联系品牌，改为仓管或门店角色。",
  "what.title": "要做什么？", "what.open": "还没做完", "what.refused": "等你处理", "what.recent": "最近的作业",
  ship: "发货", receive: "收货", return: "退货", pack: "装箱", unpack: "取出", open: "拆箱", replace: "换标签", sell: "售出", destroy: "销毁", look: "查一个码", 
  "ship.hint": "把货交给下家", "receive.hint": "货到了", "return.hint": "退回给供货方",
  "pack.hint": "装进盒、箱或托", "unpack.hint": "从包装里取出", "open.hint": "里面全部拿出来", "replace.hint": "标签读不出来", "sell.hint": "卖给顾客", "destroy.hint": "破损或过期", "look.hint": "这是什么？",
  "ship.place": "发给谁？", "receive.place": "货到了哪里？", "sell.place": "由谁售出？", "destroy.place": "在哪里销毁？",
  "place.search": "名称或编码", "place.recent": "最近用过", "place.own": "你的组织", "place.all": "全部", "place.none": "没有叫这个名字的。",
  "place.more": "还有 {n} 个：请输入名称的一部分", "place.loading": "加载中…", "place.offline": "这部手机上还没有名单，请先联网一次。",
  "place.cut": "这部手机保存了 {n} 个，其余的联网时可按名称搜索。",
  brand: "品牌", region: "大区", dealer: "经销商", store: "门店",
  "scan.start": "用扫码枪、摄像头，或手工输入", "scan.camera": "摄像头", "scan.camera_off": "关摄像头", "scan.torch": "补光", "scan.typed": "输入码",
  "scan.add": "加入", "scan.list": "已扫", "scan.empty": "还没有", "scan.undo": "撤销上一个", "scan.remove": "移除", "scan.more": "显示更早的 {n} 个",
  "scan.again": "已在列表里", "scan.bad": "不是我们的码：{read}", "scan.undone": "已移除：{code}", "scan.good": "已扫",
  "scan.drop": "放弃", "scan.drop_sure": "放弃这 {n} 个码？它们都还没有发送。", 
  "scan.no_camera": "没有摄像头，或不允许使用。请在浏览器设置里允许，或用扫码枪。",
  "scan.insecure": "摄像头需要 https。扫码枪和手工输入可用。",
  "ask.pack": "先扫外包装的码", "ask.code": "再扫装进去的码", "ask.old": "扫旧标签，或输入它的码", "ask.new": "扫新标签",
  "next.pack": "下一箱", "this.pack": "这一箱",
  "do.ship": "发货 {n}", "do.receive": "收货 {n}", "do.return": "退货 {n}", "do.pack": "装箱 {n}", "do.unpack": "取出 {n}", "do.open": "拆箱 {n}", "do.replace": "更换 {n}", "do.sell": "售出 {n}", "do.destroy": "销毁 {n}",
  codes: "个码", items: "件", "n.codes": "{n} 个码", "n.items": "{n} 件", "n.unknown": "{n} 个还没查到",
  "level.item": "单品", "level.box": "盒", "level.case": "箱", "level.pallet": "托",
  "n.item": "{n} 件", "n.box": "{n} 盒", "n.case": "{n} 箱", "n.pallet": "{n} 托", "1.item": "1 件", "1.box": "1 盒", "1.case": "1 箱", "1.pallet": "1 托", "1.codes": "1 个码", "1.items": "1 件",
  "role.pack": "外包装", "role.old": "旧标签", "role.new": "新标签",
  "doubt.unknown": "不是本品牌的码，或不在你这里", "doubt.void": "已作废：不要再流通", "doubt.recalled": "已召回：不要再流通", "doubt.there": "已经在{name}",
  "doubt.not_sent": "没有发给任何人；会上报", "doubt.elsewhere": "应该在{name}；会上报", "doubt.arrived": "之前已到过这里；会上报",
  "doubt.never_left": "从没发给过任何人", "doubt.no_pack": "是单品，不是包装", "doubt.packed": "装在别的包装里", "doubt.not_packed": "没有装在包装里", "doubt.empty": "里面没有东西",
  "doubt.sold": "已由{name}售出", "doubt.destroyed": "已由{name}销毁", "doubt.comes_back": "在这里售出过：顾客退回", "doubt.not_here": "没有记录在这里",
  "receipt.title.ship": "已发货", "receipt.title.receive": "已收货", "receipt.title.return": "已退货", "receipt.title.pack": "已装箱", "receipt.title.unpack": "已取出", "receipt.title.open": "已拆箱", "receipt.title.replace": "已换标签", "receipt.title.sell": "已售出", "receipt.title.destroy": "已销毁",
  "receipt.waits": "待发送", "receipt.waits_hint": "已存在这部手机上，有网络就会发送，可以继续干活。", "receipt.sending": "发送中…",
  "receipt.all": "已登记", "receipt.some": "{n} 个被拒绝", "receipt.none": "没有登记成功", "receipt.reported": "{n} 个异常已上报",
  "receipt.to": "发给", "receipt.by": "地点", "receipt.back_to": "退给", "receipt.when": "扫码时间", "receipt.who": "经手人", "receipt.ids": "操作号", "receipt.products": "按产品",
  "receipt.share": "分享", "receipt.print": "打印", "receipt.more": "再来一单", "receipt.home": "回首页", "receipt.copied": "已复制",
  "receipt.dismiss": "已处理", "receipt.again": "重新发送", "receipt.move": "从那边取出，装到这里", "receipt.undo_last": "撤回上一个", "receipt.undo": "撤回", "receipt.undone": "已撤回", "receipt.undoing": "撤回中…",
  "receipt.refused": "被拒绝", 
  "reported.not_shipped": "已上报：没有发给任何人", "reported.shipped_to_other": "已上报：应在别处", "reported.received_twice": "已上报：重复到货", "reported.sold_before": "已上报：早已售出", "reported.destroyed_before": "已上报：早已销毁",
  "undo.cannot": "这一步不能撤回。", "undo.pack": "要清空外包装，请撤回里面的码。", "undo.unpack": "不知道原来装在哪里，请重新装箱。",
  "undo.ship": "发出前货在品牌自己手里；可由收货方退回。", "undo.return": "货已不在你手里；可由对方再发回来。",
  "undo.receive": "收货不能撤回；请退货或转发。", "undo.open": "拆开的包装不能还原；请重新装箱。", "undo.replace": "标签换过就不能换回。", "undo.destroy": "销毁的货不能复原。",
  "look.title": "查一个码", "look.do": "查", "look.batch": "批号", "look.level": "层级", "look.sscc": "SSCC", "look.holds": "内含", "look.holder": "在谁手里", "look.sold": "售出方", "look.destroyed": "销毁方", "look.brand": "品牌自己", "look.since": "自 {at}",
  "look.way": "在路上，还没收货", "look.arrived": "已收货", "look.packs": "装在", "look.alone": "没有装在包装里", "look.state": "状态",
  "state.active": "已激活", "state.not_active": "还没激活", "state.void": "已作废", "state.recalled": "已召回", "look.history": "经过", "look.nothing": "还没有任何记录",
  "step.packed": "装入", "step.unpacked": "取出", "step.opened": "拆开", "step.shipped": "发给{name}", "step.received": "{name}收货", "step.sold": "{name}售出", "step.destroyed": "{name}销毁", "step.replaced_by": "标签被换", "step.replaces": "换上新标签", "step.elsewhere": "别的组织",
  "look.offline": "查码需要网络。", "queue.title": "待发送", "queue.none": "都已发送，没有待发送的。", "queue.send": "现在发送", "queue.tries": "已试 {n} 次",
  "error.answer": "网络中有别的设备代替服务器作了回答，是不是需要先登录这个网络？", "error.offline": "连不上服务器。",
  serial: "第 {n} 号",
};

/** Every text, by language. */
export const ALL = { en, zh };
const STORED = "clerk.language";
let language = "en";

const stored = () => {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
};

/** Takes the language that was chosen, or else the phone's first of ours. */
export function chooseLanguage(chosen = stored()) {
  const of = navigator.languages.map((name) => name.slice(0, 2).toLowerCase()).find((name) => name in ALL);
  language = chosen in ALL ? chosen : of ?? "en";
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}

export function switchLanguage() {
  chooseLanguage(language === "zh" ? "en" : "zh");
  try {
    localStorage.setItem(STORED, language);
  } catch {
    // The choice holds for this page.
  }
}

/** A text by its name, with what it names. */
export function t(name, values = {}) {
  const text = ALL[language][name];
  if (text === undefined) throw new Error(`there is no text ${name}`);
  return text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

/** The text for a word of the server's, or the word itself: a server that is newer than the page may have more of them. */
export const wordFor = (kind, word, values) => (`${kind}.${word}` in ALL[language] ? t(`${kind}.${word}`, values) : word);

/** What a recall says, in the reader's language, one that is near it, or else the first. */
export function recallText({ texts }) {
  const own = document.documentElement.lang.slice(0, 2);
  return texts.find((text) => text.language.toLowerCase().startsWith(own)) ?? texts[0];
}

/** So many of something; one reads otherwise in English. */
export const count = (n, of) => (n === 1 ? t(`1.${of}`) : t(`n.${of}`, { n: n.toLocaleString(document.documentElement.lang) }));

/** What a desk says otherwise: here there is a button for it. */
const SHORT = {
  en: { "goods.already_packed": "Lies in another pack" },
  zh: { "goods.already_packed": "已经装在别的包装里" },
};

/** Why the server refused, in the reader's words. */
export function reason({ status, code, detail }) {
  if (SHORT[language][code]) return SHORT[language][code];
  if (code === "offline" || (status === 0 && code !== "answer")) return t("error.offline");
  if (code === "answer") return t("error.answer");
  return (language === "zh" && REFUSALS[code]) || detail || code;
}

/** A moment as the phone's owner reads it. */
export function moment(iso, isShort = false) {
  const form = isShort ? { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" } : { dateStyle: "medium", timeStyle: "short" };
  return new Intl.DateTimeFormat(document.documentElement.lang, form).format(new Date(iso));
}
