// Block Kit as native, labelled elements. `context.act(block, element, option)` is called when one is used;
// `context.settings` keeps what was typed or chosen and not sent yet, by block and action.

import { decoded, element, emoji, inline, link, markdown, mrkdwn } from "./mrkdwn.js";

export function words(text, names, oneLine = false) {
  if (!text) return document.createDocumentFragment();
  if (text.type !== "mrkdwn") return document.createTextNode(emoji(text.text));
  return oneLine ? inline(text.text, names) : mrkdwn(text.text, names);
}

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
    case "input": {
      const label = emoji(block.label.text) + (block.optional ? " (optional)" : "");
      const hint = block.hint && element("span", { class: "note" }, emoji(block.hint.text));
      return element("div", { class: "block input" }, control(block, block.element, context, label), hint);
    }
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

function placeholder(text) {
  return element("p", { class: "block placeholder" }, text);
}

function image(part, size) {
  const url = part.image_url ?? "";
  if (!/^https?:/i.test(url)) return placeholder(`Image: ${part.alt_text}`);
  return element("img", { src: url, alt: part.alt_text, class: size, loading: "lazy" });
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

function control(block, e, context, label) {
  const key = { "data-block": block.block_id, "data-action": e.action_id };
  const act = (option, on) => context.act(block, e, option, on);
  const name = `${context.ts}/${block.block_id}/${e.action_id}`;
  switch (e.type) {
    case "button":
      return button(e, key, act, context);
    case "feedback_buttons": {
      const made = [e.positive_button, e.negative_button].filter(Boolean).map((one) => {
        const made = element("button", { type: "button", ...key, "data-option": one.value }, emoji(one.text.text));
        made.addEventListener("click", () => act(one.value, made));
        return made;
      });
      return element("span", { class: "pair" }, ...made);
    }
    case "icon_button": {
      const made = element("button", { type: "button", ...key }, emoji(e.text?.text ?? e.icon));
      made.addEventListener("click", () => act(null, made));
      return made;
    }
    case "static_select":
      return labelled(select(e, key, act, context, name), label);
    case "radio_buttons":
    case "checkboxes":
      return choices(e, key, act, context, name, label);
    case "overflow":
      return overflow(e, key, act);
    case "plain_text_input":
      return labelled(typed(e, key, act, context, name), label);
    case "image":
      return image(e, "side");
    default:
      return placeholder(`A “${e.type}” element. This page does not draw it; Slack does.`);
  }
}

function labelled(made, label) {
  const field = made.matches("input, select, textarea") ? made : made.querySelector("input, select, textarea");
  if (!label) return made;
  field.id = `field-${crypto.randomUUID()}`;
  field.removeAttribute("aria-label");
  return element("div", { class: "labelled" }, element("label", { for: field.id }, label), made);
}

function button(e, key, act) {
  const attributes = { type: "button", class: e.style, "aria-label": e.accessibility_label, ...key };
  const made = element("button", attributes, emoji(e.text.text), e.url ? element("span", { class: "sr" }, " (opens a page)") : null);
  made.addEventListener("click", () => {
    if (e.url && /^https?:/i.test(e.url)) window.open(e.url, "_blank", "noopener,noreferrer");
    act(null, made);
  });
  return made;
}

// Arrow keys move through a closed select and a radio group, and each step is a `change`. Sending each step
// would answer for people who are only looking: what the arrows chose waits for Enter.
function onChosen(box, send) {
  let arrows = false;
  const hint = element("span", { class: "note", role: "status" });
  box.addEventListener("pointerdown", () => (arrows = false));
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && arrows) {
      event.preventDefault();
      arrows = false;
      hint.textContent = "";
      send();
    } else if (event.key.startsWith("Arrow") || event.key.length === 1) {
      arrows = event.key !== " ";
    }
  });
  box.addEventListener("change", () => {
    if (arrows) hint.textContent = "Press Enter to choose this.";
    else send();
  });
  return hint;
}

function select(e, key, act, context, name) {
  const option = (o) => element("option", { value: o.value }, emoji(o.text.text));
  const label = e.placeholder?.text ?? "Choose";
  const made = element(
    "select",
    { ...key, "aria-label": label },
    element("option", { value: "", disabled: true, hidden: true }, label),
    ...(e.options ?? []).map(option),
    ...(e.option_groups ?? []).map((g) => element("optgroup", { label: g.label.text }, ...g.options.map(option))),
  );
  made.value = context.settings.get(name)?.value ?? e.initial_option?.value ?? "";
  const keep = () => context.settings.set(name, { block: key["data-block"], action: e.action_id, value: made.value });
  made.addEventListener("change", keep);
  const hint = onChosen(made, () => act(made.value, made));
  return element("span", { class: "with-hint" }, made, hint);
}

function choices(e, key, act, context, name, label) {
  const many = e.type === "checkboxes";
  const initial = many ? (e.initial_options ?? []).map((o) => o.value) : e.initial_option?.value;
  const now = context.settings.get(name)?.value ?? initial ?? [];
  const group = `choices-${crypto.randomUUID()}`;
  const rows = e.options.map((o) => {
    const box = element("input", { type: many ? "checkbox" : "radio", name: group, value: o.value, ...key, "data-option": o.value });
    box.checked = many ? now.includes(o.value) : now === o.value;
    const note = o.description && element("span", { class: "note" }, words(o.description, context.names, true));
    return element("label", {}, box, element("span", {}, words(o.text, context.names, true), note));
  });
  const made = element("fieldset", { class: "choices" }, element("legend", { class: label ? "" : "sr" }, label ?? "Choose"), ...rows);
  const value = () => {
    const chosen = [...made.querySelectorAll("input:checked")].map((box) => box.value);
    return many ? chosen : (chosen[0] ?? null);
  };
  const keep = () => context.settings.set(name, { block: key["data-block"], action: e.action_id, value: value() });
  made.addEventListener("change", keep);
  const focused = () => (made.contains(document.activeElement) ? document.activeElement : made);
  if (many) made.addEventListener("change", () => act(value(), focused()));
  else made.append(onChosen(made, () => act(value(), focused())));
  return made;
}

function overflow(e, key, act) {
  const summary = element("summary", { "aria-label": "More actions", ...key }, element("span", { "aria-hidden": "true" }, "⋯"));
  const made = element("details", { class: "overflow" }, summary);
  const close = () => {
    made.open = false;
    summary.focus();
  };
  const items = e.options.map((o) => {
    const item = element("button", { type: "button" }, emoji(decoded(o.text.text)));
    item.addEventListener("click", () => {
      close();
      act(o.value, summary);
    });
    return item;
  });
  const list = element("div", { class: "menu", role: "group", "aria-label": "More actions" }, ...items);
  made.append(list);
  made.addEventListener("toggle", () => {
    made.classList.toggle("leftward", summary.getBoundingClientRect().left < window.innerWidth / 2);
    if (made.open) list.scrollIntoView({ block: "nearest" });
  });
  made.addEventListener("keydown", (event) => event.key === "Escape" && close());
  made.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !made.contains(event.relatedTarget)) made.open = false;
  });
  return made;
}

function typed(e, key, act, context, name) {
  const label = e.placeholder?.text ?? "Type here";
  const attributes = { ...key, "aria-label": label, placeholder: e.placeholder?.text, maxlength: e.max_length };
  const made = e.multiline ? element("textarea", { rows: 3, ...attributes }) : element("input", { type: "text", ...attributes });
  made.value = context.settings.get(name)?.value ?? e.initial_value ?? "";
  made.addEventListener("input", () => {
    context.settings.set(name, { block: key["data-block"], action: e.action_id, value: made.value });
  });
  made.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      act(made.value, made);
    }
  });
  return made;
}
