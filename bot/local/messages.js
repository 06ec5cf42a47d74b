// One message as a list item, and keeping the focus where it was when a message is drawn anew.

import { blocks } from "./blocks.js";
import { menu } from "./controls.js";
import { decoded, element, mrkdwn } from "./mrkdwn.js";

export function when(ts) {
  const at = new Date(Number(ts) * 1000);
  const clock = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  if (at.toDateString() === new Date().toDateString()) return clock;
  return `${at.toLocaleDateString([], { day: "numeric", month: "short" })}, ${clock}`;
}

export function face(name, bot, big = false) {
  const kind = bot ? "bot" : `person-${name.charCodeAt(0) % 2}`;
  return element("span", { class: `face ${kind}${big ? " big" : ""}`, "aria-hidden": "true" }, name[0].toUpperCase());
}

// `view`: {names, me, bot, inThread, direct, closed, trouble, troubleIn, busy, editing, settings, menu} and what a person
// can do with the message: {act, openThread, edit, save, remove, choose}. `menu`: the shortcuts on messages.
export function draw(message, view) {
  const mine = message.user === view.me;
  const bot = message.user === view.bot.id;
  const name = bot ? view.bot.name : (view.names[message.user] ?? "Deleted");
  const time = new Date(Number(message.ts) * 1000);
  const body = element("div", { class: "body" });
  const article = element(
    "article",
    { tabindex: "-1", "data-ts": message.ts, "aria-busy": view.busy ? "true" : undefined },
    face(name, bot),
    element(
      "div",
      { class: "main" },
      element(
        "div",
        { class: "meta" },
        element("strong", {}, name),
        bot ? element("span", { class: "badge" }, "App") : null,
        element("time", { datetime: time.toISOString(), title: time.toLocaleString() }, when(message.ts)),
        message.edited ? element("span", {}, "edited") : null,
        message.is_ephemeral ? element("span", {}, "Only visible to you") : null,
        view.editing || message.is_ephemeral || message.subtype === "tombstone" ? null : tools(mine, view),
      ),
      body,
    ),
  );
  if (view.editing) body.append(editor(message, view));
  else if (message.subtype === "tombstone") body.append(element("p", { class: "gone" }, message.text));
  else if (message.blocks?.length) body.append(blocks(message.blocks, { ...view, ts: message.ts }));
  else body.append(mrkdwn(message.text ?? "", view.names));
  if (message.files) body.append(...message.files.map(file));

  if (view.trouble) {
    const words = element("p", { class: "trouble", role: "alert" }, view.trouble);
    const drawn = [...body.querySelectorAll("[data-block-id]")];
    const used = drawn.find((block) => view.troubleIn && block.dataset.blockId === view.troubleIn);
    if (used) used.after(words);
    else body.append(words);
  }
  if (!view.inThread && !message.is_ephemeral) {
    const count = message.reply_count ?? 0;
    const words = count ? `${count} ${count === 1 ? "reply" : "replies"}` : view.direct ? "Open conversation" : "Reply";
    article.querySelector(".main").append(tool(words, "thread", view.openThread, "open"));
  }
  if (view.busy) {
    const at = { block: view.busy.block, action: view.busy.action, option: view.busy.option };
    find(article, at)?.setAttribute("aria-busy", "true");
  }
  return element("li", { class: `message${message.is_ephemeral ? " ephemeral" : ""}${mine ? " mine" : ""}` }, article);
}

function tools(mine, view) {
  const made = mine && !view.closed ? [tool("Edit", "edit", () => view.edit(true)), tool("Delete", "delete", view.remove)] : [];
  const items = view.menu.map((one) => ({ words: one.name, run: () => view.choose(one.callback_id) }));
  const dots = element("span", { "aria-hidden": "true" }, "…");
  if (items.length) made.push(menu(dots, "Message actions", items, { "data-action": "page:menu", class: "tool" }));
  return element("span", { class: "tools" }, ...made);
}

function file(one) {
  const size = one.size < 1024 ? `${one.size} bytes` : `${Math.round(one.size / 1024)} kB`;
  const words = [element("strong", {}, one.title || one.name), element("span", { class: "note" }, `${one.name}, ${size}. Download`)];
  return element("p", { class: "block" }, element("a", { class: "file", href: `/file/${one.id}`, download: one.name }, ...words));
}

function tool(words, action, run, extra = "") {
  const made = element("button", { type: "button", class: `tool ${extra}`, "data-action": `page:${action}` }, words);
  made.addEventListener("click", run);
  return made;
}

function editor(message, view) {
  const box = element("textarea", { rows: 2, "aria-label": "Change your message", "data-action": "page:editor" });
  box.value = typed(message.text ?? "");
  const form = element(
    "form",
    { class: "editor" },
    box,
    element(
      "div",
      { class: "row" },
      tool("Cancel", "cancel", () => view.edit(false)),
      element("button", { type: "submit", class: "primary" }, "Save"),
    ),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    view.save(box.value);
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") view.edit(false);
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  return form;
}

// A message's text as it was typed: addresses without their brackets, characters as themselves.
function typed(text) {
  const address = /<((?:https?|mailto):[^<>|]+)(?:\|([^<>]*))?>/g;
  return decoded(text.replace(address, (_, url, label) => label || url));
}

// Where the focus is inside an item, in words that still mean something in the item's next drawing.
export function focusIn(item) {
  const at = document.activeElement;
  if (!item?.contains(at)) return null;
  const { block, action, option } = at.dataset;
  return { block, action, option, start: at.selectionStart };
}

export function refocus(item, was, otherwise = item.querySelector("article")) {
  if (!was) return;
  const to = find(item, was) ?? otherwise;
  to.focus({ preventScroll: true });
  if (was.start !== undefined && was.start !== null && to.setSelectionRange) to.setSelectionRange(was.start, was.start);
}

function find(item, { block, action, option }) {
  const same = [...item.querySelectorAll("[data-action]")].filter((node) => node.dataset.action === action);
  return (
    same.find((node) => node.dataset.block === block && node.dataset.option === option) ??
    same.find((node) => node.dataset.option === option) ??
    same[0]
  );
}
