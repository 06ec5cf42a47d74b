// Block Kit as native, labelled elements; what can be used in it is drawn by controls.js and fields.js.

import { control, image, placeholder } from "./controls.js";
import { field } from "./fields.js";
import { element, emoji, link, markdown, words } from "./mrkdwn.js";

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
      const body = element("div", { class: "section-body" });
      if (block.text) body.append(element("div", {}, words(block.text, names)));
      if (block.fields) {
        const fields = block.fields.map((field) => element("div", {}, words(field, names)));
        body.append(element("div", { class: "fields" }, ...fields));
      }
      const side = block.accessory && control(block, block.accessory, context);
      return element("div", { class: "block section" }, body, side && element("div", { class: "accessory" }, side));
    }
    case "header":
      return element("h3", { class: "block" }, words(block.text, names));
    case "divider":
      return element("hr", { class: "block" });
    case "context": {
      const parts = block.elements.map((part) =>
        part.type === "image" ? image(part, "tiny") : element("span", {}, words(part, names, true)),
      );
      return element("div", { class: "block context" }, ...parts);
    }
    case "actions":
    case "context_actions":
      return element("div", { class: "block actions" }, ...block.elements.map((e) => control(block, e, context)));
    case "input":
      return field(block, context);
    case "image": {
      const title = block.title && element("figcaption", {}, emoji(block.title.text));
      return element("figure", { class: "block" }, title, image(block, "wide"));
    }
    case "markdown":
      return element("div", { class: "block" }, markdown(block.text, names));
    case "rich_text":
      return element("div", { class: "block" }, ...block.elements.map((part) => rich(part, names)));
    case "table":
      return table(block, names);
    default:
      return placeholder(`A “${block.type}” block. This page does not draw it; Slack does.`);
  }
}

function table(block, names) {
  const cell = (name, data) =>
    element(name, {}, data.type === "rich_text" ? rich(data, names) : (data.text ?? String(data.value ?? "")));
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

function rich(part, names) {
  const inside = () => (part.elements ?? []).map((child) => rich(child, names));
  switch (part.type) {
    case "rich_text":
      return element("div", {}, ...inside());
    case "rich_text_section":
      return element("p", {}, ...inside());
    case "rich_text_quote":
      return element("blockquote", {}, ...inside());
    case "rich_text_preformatted":
      return element("pre", { tabindex: "0" }, ...inside());
    case "rich_text_list": {
      const items = inside().map((item) => element("li", {}, ...item.childNodes));
      return element(part.style === "ordered" ? "ol" : "ul", {}, ...items);
    }
    case "text": {
      let node = document.createTextNode(part.text);
      const tags = { code: "code", strike: "s", italic: "em", bold: "strong" };
      for (const [style, tag] of Object.entries(tags)) if (part.style?.[style]) node = element(tag, {}, node);
      return node;
    }
    case "link":
      return link(part.url, part.text || part.url);
    case "user":
      return element("span", { class: "mention" }, `@${names[part.user_id] ?? part.user_id}`);
    case "channel":
      return element("span", { class: "mention" }, `#${names[part.channel_id] ?? part.channel_id}`);
    case "emoji":
      return document.createTextNode(emoji(`:${part.name}:`));
    default:
      return document.createTextNode(part.text ?? part.fallback ?? "");
  }
}
