// What a person can use in blocks. `context.act(block, element, option, node)` is called when one is used;
// `context.settings` keeps what was typed or chosen and not sent yet, by block and action. An input is only read
// when its form goes off, unless its block says `dispatch_action`.

import { decoded, element, emoji, words } from "./mrkdwn.js";

export function placeholder(text) {
  return element("p", { class: "block placeholder" }, text);
}

export function control(block, e, context, label) {
  const name = `${context.ts}/${block.block_id}/${e.action_id}`;
  const put = (value) => context.settings.set(name, { block: block.block_id, action: e.action_id, value });
  const at = {
    key: { "data-block": block.block_id, "data-action": e.action_id },
    silent: block.type === "input" && !block.dispatch_action,
    act: (option, on) => context.act(block, e, option, on),
    now: (initial) => (context.settings.has(name) ? context.settings.get(name).value : initial),
    put,
    context,
  };
  switch (e.type) {
    case "button":
      return button(e, at);
    case "feedback_buttons": {
      const made = [e.positive_button, e.negative_button].filter(Boolean).map((one) => {
        const label = { "aria-label": one.accessibility_label, ...at.key, "data-option": one.value };
        const made = element("button", { type: "button", ...label }, emoji(one.text.text));
        made.addEventListener("click", () => at.act(one.value, made));
        return made;
      });
      return element("span", { class: "pair" }, ...made);
    }
    case "static_select":
      return label ? labelled(select(e, at, e.options), label) : select(e, at, e.options);
    case "conversations_select":
      return labelled(select(e, at, conversations(e, context)), label);
    case "users_select": {
      const people = context.people.map((one) => ({ value: one.id, text: { text: one.name } }));
      return labelled(select(e, at, people), label);
    }
    case "radio_buttons":
    case "checkboxes":
      return choices(e, at, label);
    case "overflow":
      return menu(
        element("span", { "aria-hidden": "true" }, "⋯"),
        "More actions",
        e.options.map((o) => ({ words: decoded(o.text.text), run: (on) => at.act(o.value, on) })),
        at.key,
      );
    case "plain_text_input":
      return labelled(typed(e, at), label);
    default:
      return placeholder(`A “${e.type}” element. This page does not draw it; Slack does.`);
  }
}

function labelled(made, label) {
  const box = made.matches("input, select, textarea") ? made : made.querySelector("input, select, textarea");
  box.id = `field-${crypto.randomUUID()}`;
  box.removeAttribute("aria-label");
  return element("div", { class: "labelled" }, element("label", { for: box.id }, label), made);
}

function button(e, at) {
  const attributes = { type: "button", class: e.style, "aria-label": e.accessibility_label, ...at.key };
  const opens = e.url ? element("span", { class: "sr" }, " (opens a page)") : null;
  const made = element("button", attributes, emoji(e.text.text), opens);
  made.addEventListener("click", () => {
    if (e.url && /^https?:/i.test(e.url)) window.open(e.url, "_blank", "noopener,noreferrer");
    at.act(null, made);
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

// What a conversation menu offers: where this person is, and what its filter leaves.
function conversations(e, context) {
  const { include, exclude_bot_users: people } = e.filter ?? {};
  return context.channels
    .filter((channel) => !channel.is_archived && (include ?? ["im", "public", "private"]).includes(channel.kind))
    .filter((channel) => !(people && channel.kind === "im"))
    .map((channel) => ({ value: channel.id, text: { text: context.called(channel) } }));
}

function select(e, at, options) {
  const initial = e.initial_option?.value;
  const option = (o) => element("option", { value: o.value }, emoji(o.text.text));
  const label = e.placeholder?.text ?? "Choose";
  const made = element(
    "select",
    { ...at.key, "aria-label": label },
    element("option", { value: "", disabled: true, hidden: true }, label),
    ...options.map(option),
  );
  made.value = at.now(initial) ?? "";
  if (made.selectedIndex < 0) {
    made.value = initial ?? ""; // what was chosen is no longer on offer
    if (made.selectedIndex < 0) made.value = "";
    at.put(made.value || null);
  }
  made.addEventListener("change", () => at.put(made.value));
  if (at.silent) return made;
  return element("span", { class: "with-hint" }, made, onChosen(made, () => at.act(made.value, made)));
}

function choices(e, at, label) {
  const many = e.type === "checkboxes";
  const initial = many ? (e.initial_options ?? []).map((o) => o.value) : e.initial_option?.value;
  const offered = e.options.map((o) => o.value);
  let now = at.now(initial) ?? [];
  if ([now].flat().some((value) => !offered.includes(value))) at.put((now = initial ?? (many ? [] : null)));
  const group = `choices-${crypto.randomUUID()}`;
  const names = at.context.names;
  const rows = e.options.map((o) => {
    const kind = many ? "checkbox" : "radio";
    const box = element("input", { type: kind, name: group, value: o.value, ...at.key, "data-option": o.value });
    box.checked = [now].flat().includes(o.value);
    const note = o.description && element("span", { class: "note" }, words(o.description, names, true));
    return element("label", {}, box, element("span", {}, words(o.text, names, true), note));
  });
  const legend = element("legend", { class: label ? "" : "sr" }, label ?? "Choose");
  const made = element("fieldset", { class: "choices" }, legend, ...rows);
  const value = () => {
    const chosen = [...made.querySelectorAll("input:checked")].map((box) => box.value);
    return many ? chosen : (chosen[0] ?? null);
  };
  made.addEventListener("change", () => at.put(value()));
  if (at.silent) return made;
  const focused = () => (made.contains(document.activeElement) ? document.activeElement : made);
  if (many) made.addEventListener("change", () => at.act(value(), focused()));
  else made.append(onChosen(made, () => at.act(value(), focused())));
  return made;
}

// A button that opens a list of things to do: `items` are {words, run}.
export function menu(face, label, items, key = {}) {
  const summary = element("summary", { "aria-label": label, ...key }, face);
  const made = element("details", { class: "overflow" }, summary);
  const close = () => {
    made.open = false;
    summary.focus();
  };
  const buttons = items.map((item) => {
    const one = element("button", { type: "button" }, emoji(item.words));
    one.addEventListener("click", () => {
      close();
      item.run(summary);
    });
    return one;
  });
  const list = element("div", { class: "menu", role: "group", "aria-label": label ?? "" }, ...buttons);
  made.append(list);
  made.addEventListener("toggle", () => {
    made.classList.toggle("leftward", summary.getBoundingClientRect().left < window.innerWidth / 2);
    if (made.open) list.scrollIntoView({ block: "nearest" });
  });
  made.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !made.open) return;
    event.preventDefault(); // in a modal, Escape closes the menu and not the modal
    event.stopPropagation();
    close();
  });
  made.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !made.contains(event.relatedTarget)) made.open = false;
  });
  return made;
}

function typed(e, at) {
  const attributes = { ...at.key, maxlength: e.max_length };
  const made = e.multiline
    ? element("textarea", { rows: 4, ...attributes })
    : element("input", { type: "text", autocomplete: "off", ...attributes });
  made.value = at.now(e.initial_value) ?? "";
  made.addEventListener("input", () => at.put(made.value));
  return made;
}
