// What the pages of places say: fetched with the first of them.

import campaigns from "./campaigns.json";
import channel from "./channel.json";
import codes from "./codes.json";
import data from "./data.json";
import home from "./home.json";
import identity from "./identity.json";
import imports from "./imports.json";
import members from "./members.json";
import orders from "./orders.json";
import people from "./people.json";
import settings from "./settings.json";
import tasks from "./tasks.json";
import trace from "./trace.json";
import findings from "../findings.zh-CN.json";
import refusals from "../refusals.zh-CN.json";

export default { ...home, ...codes, ...campaigns, ...members, ...identity, ...people, ...imports, ...channel, ...orders, ...data, ...settings, ...tasks, ...trace, ...refusals, ...findings };
