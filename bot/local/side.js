// The side: who you are, and your conversations, the newest first.

import { face, when } from "./messages.js";
import { element } from "./mrkdwn.js";
import { isRoot, latest, titleOf } from "./room.js";

const $ = (id) => document.getElementById(id);
const seen = new Map(); // thread ts -> the last message that was seen in it

export function seeAll(room) {
  for (const root of room.messages.values()) if (isRoot(root)) seen.set(root.ts, latest(root));
}

export function drawPeople(room, choose) {
  const had = $("people").contains(document.activeElement);
  const boxes = room.people.map((person) => {
    const box = element("input", { type: "radio", name: "me", value: person.dm });
    box.checked = person.id === room.me;
    box.addEventListener("change", () => choose(person.dm));
    return element("label", {}, box, face(person.name, false), element("span", {}, person.name));
  });
  $("people").replaceChildren(...boxes);
  if (had) $("people").querySelector("input:checked").focus();
}

export function drawThreads(room, open, choose) {
  const roots = [...room.messages.values()].filter(isRoot);
  roots.sort((a, b) => (latest(a) < latest(b) ? 1 : -1));
  const items = roots.map((root) => {
    const current = root.ts === open;
    if (current) seen.set(root.ts, latest(root));
    const fresh = (seen.get(root.ts) ?? "") < latest(root);
    const item = element(
      "button",
      { type: "button", "aria-current": current && "true", class: fresh && "fresh", "data-thread": root.ts },
      element("span", { class: "thread-title" }, titleOf(room, root)),
      element(
        "span",
        { class: "thread-when" },
        when(latest(root)),
        fresh ? element("span", { class: "sr" }, ", something new") : null,
      ),
    );
    item.addEventListener("click", () => choose(root.ts));
    return element("li", {}, item);
  });
  const focused = document.activeElement?.dataset?.thread;
  $("threads").replaceChildren(...items);
  $("no-threads").hidden = items.length > 0;
  if (focused) $("threads").querySelector(`[data-thread="${focused}"]`)?.focus({ preventScroll: true });
}

// Only on narrow screens, where the side lies over the conversation.
export function showSide(show) {
  document.body.classList.toggle("menu-open", show);
  $("menu").setAttribute("aria-expanded", String(show));
  if (show) $("people").querySelector("input:checked")?.focus();
}
