// The messages in the main column, and what a person does with them: use a card, edit, delete, choose a shortcut.

import { confirmed } from "./ask.js";
import { draw, focusIn, refocus } from "./messages.js";
import { plain } from "./mrkdwn.js";
import { go } from "./place.js";
import { called, names, post, threadOf, visible } from "./room.js";

const $ = (id) => document.getElementById(id);
const BUSY_AFTER_ACK = 4000; // ms a button stays busy when the bot took the click and then says nothing
const NEAR_END = 80; // px from the end that still count as reading the newest
const ANSWERS = 10000; // ms after an act of one's own in which what the bot says is its answer, and is scrolled to

export const settings = new Map(); // what was typed or chosen in cards and views and not sent yet
const busy = new Map(); // message ts -> the control that was used, and when
const usedIn = new Map(); // message ts -> the block it was in, where trouble is shown
let editing = null;
let actedAt = 0; // when this person last sent or pressed something here; 0 once they scroll by themselves
let answered = ""; // the first message that has come since: the card it left behind is drawn anew in silence
let world = null;
let at = null; // the place that is shown
let repaint = () => {};

export function paintList(theWorld, thePlace, paint) {
  [world, at, repaint] = [theWorld, thePlace, paint];
  const room = world.rooms[at.channel];
  const [list, scroll] = [$("list"), $("scroll")];
  const here = `${world.me}/${at.channel}/${at.ts ?? ""}`;
  const moved = list.dataset.place !== here;
  const following = moved || atEnd();
  if (moved) list.replaceChildren();
  list.dataset.place = here;
  const old = new Map([...list.children].map((item) => [item.dataset.key, item]));
  let after = null;
  let added = null;
  let answer = null; // the last of what is new or reads otherwise now: one's own words, or the bot's answer to an act
  for (const message of visible(world, room, at.ts)) {
    const view = viewOf(message, room);
    const stamp = JSON.stringify([message, view.trouble, view.busy, view.editing, view.inThread, view.closed]);
    let item = old.get(message.ts);
    old.delete(message.ts);
    const words = JSON.stringify([message.text, message.blocks, message.files]);
    if (item?.dataset.stamp !== stamp) {
      const mine = message.user === world.me && !item;
      const waiting = Date.now() - actedAt < ANSWERS && (!item || !answered);
      const told = message.user !== world.me && item?.dataset.words !== words && waiting;
      if (told && !item) answered ||= message.ts;
      const was = focusIn(item);
      const drawn = draw(message, view);
      drawn.dataset.key = message.ts;
      drawn.dataset.stamp = stamp;
      drawn.dataset.words = words;
      if (item) item.replaceWith(drawn);
      else list.insertBefore((added = drawn), after ? after.nextSibling : list.firstChild);
      item = drawn;
      refocus(item, was);
      if (mine || told) answer = item;
    }
    after = item;
  }
  for (const item of old.values()) {
    const had = item.contains(document.activeElement);
    item.remove();
    if (had) $("box").focus();
  }
  const last = list.lastElementChild;
  const first = answer && !moved && beginning([...list.children].find((item) => item.dataset.key === answered));
  if (following && added) reveal(first || last);
  else if (answer && !moved) reveal(first || answer);
  else if (added) $("newer").hidden = false;
  if (moved) $("newer").hidden = true;
  else if (added && first && first !== last) $("newer").hidden = inSight(last);
}

// An answer in two messages is read from its first, with one's own words above it if those are few.
function beginning(item) {
  const own = item?.previousElementSibling;
  return own?.classList.contains("mine") && own.clientHeight < $("scroll").clientHeight / 4 ? own : item;
}

const inSight = (item) => item.getBoundingClientRect().top < $("scroll").getBoundingClientRect().bottom - 40;

const atEnd = () => $("scroll").scrollHeight - $("scroll").scrollTop - $("scroll").clientHeight < NEAR_END;

// This person has sent or pressed something: what comes now answers it.
export function acted() {
  answered = "";
  actedAt = Date.now();
  return actedAt;
}

for (const by of ["wheel", "touchmove"]) $("scroll").addEventListener(by, () => (actedAt = 0), { passive: true });
$("scroll").addEventListener("scroll", () => atEnd() && ($("newer").hidden = true), { passive: true });
$("newer").addEventListener("click", () => {
  $("newer").hidden = true;
  reveal($("list").lastElementChild);
  $("box").focus({ preventScroll: true });
});

// Goes to the message a link was made for; whether it is there.
export function aimAt(ts) {
  const item = [...$("list").children].find((node) => node.dataset.key === ts);
  if (!item) return false;
  item.classList.add("aimed");
  item.scrollIntoView({ block: "center" });
  item.querySelector("article").focus({ preventScroll: true });
  return true;
}

// Something came back: what was pressed in that conversation waits no longer, nor what this was said after, wherever
// it was said: a press in a channel may be answered in the direct conversation.
export function settled(message, room) {
  for (const [ts, { since }] of busy) {
    const waiting = room.messages.get(ts) ?? world?.ephemerals.get(ts);
    const here = waiting && threadOf(waiting) === threadOf(message);
    if (here || Number(message.ts) * 1000 > since) busy.delete(ts);
  }
}

export const stopWaiting = (ts) => (ts ? busy.delete(ts) : busy.clear());
export const stopEditing = () => (editing = null);

export function context(world) {
  return { names: names(world), channels: world.channels, people: world.people, called: (channel) => called(world, channel), settings };
}

// Scrolls to the end of a message and what is below it, or to its beginning if that is taller than the screen.
function reveal(item) {
  const scroll = $("scroll");
  const top = item.getBoundingClientRect().top - scroll.getBoundingClientRect().top + scroll.scrollTop;
  scroll.scrollTop = Math.min(scroll.scrollHeight - scroll.clientHeight, top - 8);
}

function viewOf(message, room) {
  const channel = world.channels.find((one) => one.id === room.id);
  return {
    ...context(world),
    me: world.me,
    bot: world.bot,
    inThread: Boolean(at.ts),
    direct: channel.kind === "im",
    closed: channel.is_archived,
    trouble: room.troubles[message.ts] || "",
    troubleIn: usedIn.get(message.ts),
    busy: busy.get(message.ts),
    editing: editing === message.ts,
    menu: world.message_shortcuts,
    act: (block, used, option, on) => use(message, block, used, option, on),
    openThread: () => go(room.id, message.ts),
    edit: (on) => edit(message.ts, on),
    save: (text) => save(message.ts, text),
    remove: () => remove(message),
    choose: (callback_id) => choose(message, callback_id),
  };
}

function trouble(ts, say) {
  world.rooms[at.channel].troubles[ts] = say;
  repaint();
}

async function use(message, block, used, option, on) {
  const ticked = used.type === "checkboxes"; // what is ticked counts when something else is pressed: nothing answers it
  if (busy.has(message.ts) && !ticked) return;
  if (used.confirm && !(await confirmed(used.confirm, names(world)))) return;
  const control = { block: block.block_id, action: used.action_id, option: on?.dataset?.option };
  if (!ticked) busy.set(message.ts, { ...control, since: acted() });
  usedIn.set(message.ts, block.block_id);
  trouble(message.ts, "");
  const channel = at.channel;
  const state = [...settings]
    .filter(([name]) => name.startsWith(`${message.ts}/`))
    .map(([, s]) => ({ block_id: s.block, action_id: s.action, value: s.value }));
  const body = { channel, ts: message.ts, block_id: block.block_id, action_id: used.action_id, option, state };
  const answer = await post(world.me, "click", body);
  if (answer.ok) setTimeout(() => busy.delete(message.ts) && repaint(), BUSY_AFTER_ACK);
  else {
    busy.delete(message.ts);
    trouble(message.ts, answer.say ?? world.rooms[channel].troubles[message.ts]);
    document.querySelector(`[data-ts="${message.ts}"] .trouble`)?.scrollIntoView({ block: "nearest" });
  }
}

async function choose(message, callback_id) {
  acted();
  trouble(message.ts, "");
  const answer = await post(world.me, "shortcut", { channel: at.channel, ts: message.ts, callback_id });
  if (!answer.ok) trouble(message.ts, answer.say);
}

function edit(ts, on) {
  editing = on ? ts : null;
  repaint();
  const item = [...$("list").children].find((node) => node.dataset.key === ts);
  item?.querySelector(on ? ".editor textarea" : '[data-action="page:edit"]')?.focus();
}

async function save(ts, text) {
  const answer = await post(world.me, "edit", { channel: at.channel, ts, text });
  if (answer.ok) edit(ts, false);
  else trouble(ts, answer.say);
}

async function remove(message) {
  const channel = at.channel;
  const asked = {
    title: { text: "Delete this message?" },
    text: { text: plain(message.text ?? "", names(world)).slice(0, 200) },
    confirm: { text: "Delete" },
    deny: { text: "Keep it" },
    style: "danger",
  };
  if (!(await confirmed(asked, names(world)))) return;
  const answer = await post(world.me, "delete", { channel, ts: message.ts });
  if (!answer.ok) trouble(message.ts, answer.say);
  else if (at.ts === message.ts && !world.rooms[channel].messages.has(message.ts)) go(channel);
}
