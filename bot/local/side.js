// The side: who you are, the channels, and your conversations with the bot, the newest first.

import { face, when } from "./messages.js";
import { element } from "./mrkdwn.js";
import { dmOf, isRoot, latest, titleOf } from "./room.js";

const $ = (id) => document.getElementById(id);
const seen = new Map(); // thread or channel -> the last message that was seen in it

const newest = (room) => [...room.messages.keys()].reduce((last, ts) => (ts > last ? ts : last), "");

export function seeAll(world) {
  for (const room of Object.values(world.rooms)) {
    seen.set(room.id, newest(room));
    for (const root of room.messages.values()) if (isRoot(root)) seen.set(root.ts, latest(root));
  }
}

export function drawPeople(world, choose) {
  const had = $("people").contains(document.activeElement);
  const boxes = world.people.map((person) => {
    const box = element("input", { type: "radio", name: "me", value: person.dm });
    box.checked = person.id === world.me;
    box.addEventListener("change", () => choose(person));
    return element("label", {}, box, face(person.name, false), element("span", {}, person.name));
  });
  $("people").replaceChildren(...boxes);
  if (had) $("people").querySelector("input:checked").focus();
}

export function drawChannels(world, here, choose) {
  const channels = world.channels.filter((channel) => channel.kind !== "im");
  const items = channels.map((channel) => {
    const last = newest(world.rooms[channel.id]);
    if (channel.id === here) seen.set(channel.id, last);
    const notes = [
      channel.kind === "private" && "private",
      channel.is_archived && "archived",
      channel.is_ext_shared && "shared",
    ].filter(Boolean);
    return entry(channel.id, channel.id === here, (seen.get(channel.id) ?? "") < last, `# ${channel.name}`, notes.join(", "), choose);
  });
  fill($("channels"), items);
}

export function drawThreads(world, open, choose) {
  const room = world.rooms[dmOf(world)];
  const roots = [...room.messages.values()].filter(isRoot);
  roots.sort((a, b) => (latest(a) < latest(b) ? 1 : -1));
  const items = roots.map((root) => {
    const current = root.ts === open;
    if (current) seen.set(root.ts, latest(root));
    const fresh = (seen.get(root.ts) ?? "") < latest(root);
    return entry(root.ts, current, fresh, titleOf(world, root), when(latest(root)), choose);
  });
  fill($("threads"), items);
  $("no-threads").hidden = items.length > 0;
}

function entry(place, current, fresh, title, note, choose) {
  const item = element(
    "button",
    { type: "button", "aria-current": current && "true", class: fresh && "fresh", "data-place": place },
    element("span", { class: "thread-title" }, title),
    element("span", { class: "thread-when" }, note, fresh ? element("span", { class: "sr" }, ", something new") : null),
  );
  item.addEventListener("click", () => choose(place));
  return element("li", {}, item);
}

function fill(list, items) {
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.place : null;
  list.replaceChildren(...items);
  if (focused) list.querySelector(`[data-place="${focused}"]`)?.focus({ preventScroll: true });
}

// Only on narrow screens, where the side lies over the conversation.
export function showSide(show) {
  document.body.classList.toggle("menu-open", show);
  $("menu").setAttribute("aria-expanded", String(show));
  if (show) $("people").querySelector("input:checked")?.focus();
}
