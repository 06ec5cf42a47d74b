// Block Kit as native, labelled elements; what can be used in it is drawn by controls.js and fields.js.

import { chart } from "./charts.js";
import { control, placeholder } from "./controls.js";
import { field } from "./fields.js";
import { element, emoji, words } from "./mrkdwn.js";

const unfolded = new Map(); // what somebody has opened or closed stays so when its card is drawn anew
const ALERTS = { default: "", info: "ℹ", warning: "⚠", error: "✕", success: "✓" };

export function blocks(list, context) {
  const fragment = document.createDocumentFragment();
  for (const block of list) {
    const drawn = one(block, context);
    drawn.dataset.blockId = block.block_id;
    fragment.append(drawn);
  }
  return fragment;
}

function one(block, context) {
  const { names } = context;
  switch (block.type) {
    case "section": {
      const body = element("div", { class: "block section" });
      if (block.text) body.append(element("div", {}, words(block.text, names)));
      if (block.fields) {
        const fields = block.fields.map((field) => element("div", {}, words(field, names)));
        body.append(element("div", { class: "fields" }, ...fields));
      }
      return body;
    }
    case "header":
      return element("h3", { class: "block" }, words(block.text, names));
    case "divider":
      return element("hr", { class: "block" });
    case "context": {
      const parts = block.elements.map((part) => element("span", {}, words(part, names, true)));
      return element("div", { class: "block context" }, ...parts);
    }
    case "actions":
    case "context_actions":
      return element("div", { class: "block actions" }, ...block.elements.map((e) => control(block, e, context)));
    case "input":
      return field(block, context);
    case "table":
      return table(block);
    case "container":
      return folded(block, context);
    case "data_visualization":
      return chart(block);
    case "alert": {
      const urgent = ["warning", "error"].includes(block.level);
      const sign = element("span", { class: "sign", "aria-hidden": "true" }, ALERTS[block.level ?? "default"]);
      const kind = `block alert ${block.level ?? "default"}`;
      return element("div", { class: kind, role: urgent ? "alert" : "status" }, sign, element("div", {}, words(block.text, names)));
    }
    default:
      return placeholder(`A “${block.type}” block. This page does not draw it; Slack does.`);
  }
}

function folded(block, context) {
  const title = emoji(block.title.text);
  const note = block.subtitle && element("span", { class: "note" }, words(block.subtitle, context.names, true));
  const inside = element("div", { class: "inside" }, blocks(block.child_blocks, context));
  if (!block.is_collapsible) return element("div", { class: "block folded" }, element("strong", {}, title), note, inside);
  const key = `${context.ts}/${title}`;
  const open = unfolded.get(key) ?? !block.default_collapsed;
  const summary = element("summary", { "data-action": "page:fold", "data-option": title }, title, note);
  const made = element("details", { class: "block folded", open }, summary, inside);
  made.addEventListener("toggle", () => unfolded.set(key, made.open));
  return made;
}

function table(block) {
  const sides = block.column_settings ?? [];
  const style = (n) => `${sides[n]?.align ?? "left"}${sides[n]?.is_wrapped ? " wrapped" : ""}`;
  const cells = (name, row, more = {}) => row.map((data, n) => element(name, { class: style(n), ...more }, emoji(data.text)));
  const [head, ...rows] = block.rows;
  return element(
    "div",
    { class: "block scroller", tabindex: "0", role: "group", "aria-label": "Table" },
    element(
      "table",
      {},
      element("thead", {}, element("tr", {}, ...cells("th", head, { scope: "col" }))),
      element("tbody", {}, ...rows.map((row) => element("tr", {}, ...cells("td", row)))),
    ),
  );
}
