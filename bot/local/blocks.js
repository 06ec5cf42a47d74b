// Block Kit as native, labelled elements; what can be used in it is drawn by controls.js and fields.js.

import { control, placeholder } from "./controls.js";
import { field } from "./fields.js";
import { element, words } from "./mrkdwn.js";

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
    default:
      return placeholder(`A “${block.type}” block. This page does not draw it; Slack does.`);
  }
}

function table(block) {
  const cell = (name, data) => element(name, {}, data.text ?? String(data.value));
  const [head, ...rows] = block.rows;
  return element(
    "div",
    { class: "block scroller", tabindex: "0", role: "group", "aria-label": "Table" },
    element(
      "table",
      {},
      element("thead", {}, element("tr", {}, ...head.map((data) => cell("th", data)))),
      element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((data) => cell("td", data))))),
    ),
  );
}
