// The page: which conversation is open, keeping up with the workspace by itself, and what a person does.

import { words } from "./blocks.js";
import { draw, focusIn, refocus } from "./messages.js";
import { element, emoji, plain } from "./mrkdwn.js";
import { apply, follow, isRoot, names, opened, OWNERS, post, threadOf, titleOf, visible } from "./room.js";
import { drawPeople, drawThreads, seeAll, showSide } from "./side.js";

const $ = (id) => document.getElementById(id);
const BUSY_AFTER_ACK = 4000; // ms a button stays busy when the bot took the click and then says nothing
const COMMAND_LEADS = 5000; // ms after a command in which a conversation the bot starts is its answer
const STATUS_LASTS = 120_000; // ms; Slack clears a status after two minutes
const NEAR_END = 80; // px from the end that still count as reading the newest

let room = null; // the state of one person's conversation, as the server sent it, kept up to date
let unfollow = () => {};
let linked = false;
let sending = null; // a message on its way: {text, id}. After a failure the same id goes again, so it counts once
let editing = null;
let commandAt = 0;
const busy = new Map(); // message ts -> the control that was used
const usedIn = new Map(); // message ts -> the block it was in, where trouble is shown
const settings = new Map(); // what was typed or chosen in cards and not sent yet
const drafts = new Map(); // what was typed in the box of each conversation

const route = () => {
  const [channel, ts] = location.hash.slice(1).split("/");
  return OWNERS[channel] ? { channel, ts: ts || null } : { channel: "D0ADA", ts: null };
};
const open = () => route().ts;
const go = (channel, ts = null) => {
  location.hash = ts ? `${channel}/${ts}` : channel;
  showSide(false);
};

// --- keeping up -------------------------------------------------------------------------------------------

function connect() {
  unfollow();
  unfollow = follow(OWNERS[route().channel], receive, () => {
    linked = false;
    paintState();
  });
}

function receive(change) {
  if (change.kind === "state") arrived(change);
  else {
    const before = change.message && room.messages.get(change.message.ts);
    const wasUp = room.bot.up;
    apply(room, change);
    if (change.kind === "message") noticed(change.message, before);
    if (change.kind === "ephemeral") settle(change.message);
    if (change.kind === "status") fade(change);
    if (change.kind === "gone" || change.words) busy.delete(change.ts);
    if (change.kind === "bot" && room.bot.up && !wasUp && !room.prompts.prompts.length) openTab();
  }
  paint();
}

function arrived(state) {
  const same = room?.me === state.me;
  room = opened(state);
  linked = true;
  busy.clear();
  for (const status of room.statuses.values()) fade(status);
  drawPeople(room, (channel) => go(channel));
  if (!same) seeAll(room);
  if (!same || !room.prompts.prompts.length) openTab();
}

function fade(status) {
  status.until = Date.now() + STATUS_LASTS;
  setTimeout(paint, STATUS_LASTS + 100);
}

const openTab = () => post(room.me, "open", { tab: "messages" });

function noticed(message, before) {
  if (message.user !== room.bot.id) return;
  // A root is sent again when its replies are counted; that says nothing new.
  const said = (m) => JSON.stringify([m?.text, m?.blocks]);
  if (said(message) !== said(before)) settle(message);
  // A command often makes the bot start a conversation: go there, unless the person is typing already.
  const led = Date.now() - commandAt < COMMAND_LEADS && ["", sending?.text].includes($("box").value.trim());
  if (led && !before && !open() && isRoot(message)) {
    commandAt = 0;
    go(room.channel, message.ts);
  }
}

// Something came back: what was pressed in that conversation waits no longer, and it is read out.
function settle(message) {
  for (const ts of busy.keys()) {
    const waiting = room.messages.get(ts) ?? room.ephemerals.get(ts);
    if (!waiting || threadOf(waiting) === threadOf(message)) busy.delete(ts);
  }
  if (open() ? threadOf(message) !== open() : !isRoot(message)) return;
  // A card cut down to a line, because its successor stands below, would drown what that one says.
  const newer = [...room.messages.values()].some((m) => m.user === room.bot.id && m.ts > message.ts && threadOf(m) === threadOf(message));
  if (newer && !message.blocks?.some((block) => block.type === "actions")) return;
  const whisper = message.is_ephemeral ? "Only visible to you: " : "";
  $("live").textContent = `${room.bot.name}: ${whisper}${plain(message.text ?? "", names(room))}`;
}

// --- drawing ----------------------------------------------------------------------------------------------

const set = (id, text) => {
  if ($(id).textContent !== text) $(id).textContent = text;
};

function paint() {
  if (!room) return;
  paintState();
  drawThreads(room, open(), (ts) => go(room.channel, ts));
  paintHead();
  paintMessages();
  paintPrompts();
}

function paintState() {
  const down = room?.bot.up === false;
  $("banner").hidden = linked && !down;
  if (!linked) set("banner", "The local workspace is not answering. It may be restarting; this page keeps trying.");
  else if (down) set("banner", "The bot is not running, so nothing will be answered. This page keeps looking for it.");
  const state = !linked ? "not connected" : down ? "not running" : room?.bot.up ? "connected" : "";
  $("presence").dataset.state = state;
  set("presence-words", state && `${room?.bot.name ?? "The bot"} is ${state}`);
}

function paintHead() {
  const root = room.messages.get(open());
  const title = root ? titleOf(room, root) : open() ? "Conversation" : "New conversation";
  set("title", title);
  document.title = `${title} · Local workspace`;
  set("box-label", open() ? "Reply in this conversation" : `Message ${room.bot.name}`);
  $("box").placeholder = $("box-label").textContent;
  set("hint", `Enter sends, Shift+Enter starts a new line.${open() ? "" : " Commands such as /finetune help work here."}`);
  $("new").setAttribute("aria-current", open() ? "false" : "true");
}

function paintMessages() {
  const [list, scroll] = [$("list"), $("scroll")];
  const place = `${room.channel}/${open() ?? ""}`;
  const moved = list.dataset.place !== place;
  const atEnd = moved || scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_END;
  if (moved) list.replaceChildren();
  list.dataset.place = place;
  const old = new Map([...list.children].map((item) => [item.dataset.key, item]));
  let after = null;
  let added = null;
  for (const message of visible(room, open())) {
    const view = viewOf(message);
    const stamp = JSON.stringify([message, view.trouble, view.busy, view.editing, view.inThread]);
    let item = old.get(message.ts);
    old.delete(message.ts);
    if (item?.dataset.stamp !== stamp) {
      const was = focusIn(item);
      const drawn = draw(message, view);
      drawn.dataset.key = message.ts;
      drawn.dataset.stamp = stamp;
      if (item) item.replaceWith(drawn);
      else list.insertBefore((added = drawn), after ? after.nextSibling : list.firstChild);
      item = drawn;
      refocus(item, was);
    }
    after = item;
  }
  for (const item of old.values()) {
    const had = item.contains(document.activeElement);
    item.remove();
    if (had) $("box").focus();
  }
  const { status, until } = room.statuses.get(open()) ?? {};
  set("status", status && Date.now() < until ? `${room.bot.name} ${status}` : "");
  $("greeting").hidden = Boolean(open()) || list.childElementCount > 0;
  set("greeting-title", room.prompts.title || `Start a conversation with ${room.bot.name}`);
  if (atEnd && added) toNewest(scroll, list.lastElementChild);
}

// The end of the newest message, or its beginning if it is taller than the screen.
function toNewest(scroll, last) {
  const top = last.getBoundingClientRect().top - scroll.getBoundingClientRect().top + scroll.scrollTop;
  scroll.scrollTop = Math.min(scroll.scrollHeight - scroll.clientHeight, top - 8);
}

function viewOf(message) {
  return {
    names: names(room),
    me: room.me,
    bot: room.bot,
    inThread: Boolean(open()),
    trouble: room.troubles[message.ts] || "",
    troubleIn: usedIn.get(message.ts),
    busy: busy.get(message.ts),
    editing: editing === message.ts,
    settings,
    act: (block, used, option, on) => use(message, block, used, option, on),
    openThread: () => go(room.channel, message.ts),
    edit: (on) => edit(message.ts, on),
    save: (text) => save(message.ts, text),
    remove: () => remove(message),
  };
}

function paintPrompts() {
  const prompts = open() ? [] : room.prompts.prompts;
  const stamp = JSON.stringify(prompts);
  $("prompts").hidden = !prompts.length;
  if ($("prompts").dataset.stamp === stamp) return;
  $("prompts").dataset.stamp = stamp;
  const buttons = prompts.map((prompt) => {
    const made = element("button", { type: "button" }, emoji(prompt.title));
    made.addEventListener("click", () => send(prompt.message));
    return made;
  });
  $("prompts").replaceChildren(...buttons);
}

// --- what a person does -----------------------------------------------------------------------------------

function trouble(ts, say) {
  room.troubles[ts] = say;
  paint();
}

async function use(message, block, used, option, on) {
  if (busy.has(message.ts)) return;
  if (used.confirm && !(await confirmed(used.confirm))) return;
  busy.set(message.ts, { block: block.block_id, action: used.action_id, option: on?.dataset?.option });
  usedIn.set(message.ts, block.block_id);
  trouble(message.ts, "");
  const state = [...settings]
    .filter(([name]) => name.startsWith(`${message.ts}/`))
    .map(([, s]) => ({ block_id: s.block, action_id: s.action, value: s.value }));
  const body = { ts: message.ts, block_id: block.block_id, action_id: used.action_id, option, state };
  const answer = await post(room.me, "click", body);
  if (answer.ok) setTimeout(() => busy.delete(message.ts) && paint(), BUSY_AFTER_ACK);
  else {
    busy.delete(message.ts);
    trouble(message.ts, answer.say ?? room.troubles[message.ts]);
    document.querySelector(`[data-ts="${message.ts}"] .trouble`)?.scrollIntoView({ block: "nearest" });
  }
}

async function send(typed) {
  const text = typed.trim();
  set("problem", "");
  if (!text || sending?.pending) return;
  const [, command, rest] = text.match(/^(\/[a-z][\w-]*)\s*([\s\S]*)$/i) ?? [];
  if (command && open()) {
    set("problem", "Slack takes no commands inside a conversation. Type the word without the slash, or start a new one.");
    return;
  }
  const [from, thread_ts] = [location.hash, open() ?? undefined];
  sending = { text, id: sending?.text === text ? sending.id : crypto.randomUUID(), pending: true };
  if (command) commandAt = Date.now();
  const answer = command
    ? await post(room.me, "command", { command, text: rest })
    : await post(room.me, "say", { text, thread_ts, client_msg_id: sending.id });
  sending.pending = false;
  if (!answer.ok && answer.say) {
    set("problem", answer.say);
    return;
  }
  sending = null;
  drafts.delete(from);
  if ($("box").value.trim() === text) $("box").value = "";
  grow();
  if (location.hash === from && !thread_ts && answer.ts) go(room.channel, answer.ts);
}

function edit(ts, on) {
  editing = on ? ts : null;
  paint();
  const item = [...$("list").children].find((node) => node.dataset.key === ts);
  item?.querySelector(on ? ".editor textarea" : '[data-action="page:edit"]')?.focus();
}

async function save(ts, text) {
  const answer = await post(room.me, "edit", { ts, text });
  if (answer.ok) edit(ts, false);
  else trouble(ts, answer.say);
}

async function remove(message) {
  const sure = await confirmed({
    title: { text: "Delete this message?" },
    text: { text: plain(message.text ?? "", names(room)).slice(0, 200) },
    confirm: { text: "Delete" },
    deny: { text: "Keep it" },
    style: "danger",
  });
  if (!sure) return;
  const answer = await post(room.me, "delete", { ts: message.ts });
  if (!answer.ok) trouble(message.ts, answer.say);
  else if (open() === message.ts && !room.messages.has(message.ts)) go(room.channel);
}

function confirmed({ title, text, confirm, deny, style }) {
  const dialog = $("ask");
  $("ask-title").textContent = emoji(title?.text ?? "Are you sure?");
  $("ask-text").replaceChildren(words(text, names(room)));
  $("ask-yes").textContent = emoji(confirm?.text ?? "Yes");
  $("ask-no").textContent = emoji(deny?.text ?? "No");
  $("ask-yes").className = style === "danger" ? "danger" : "primary";
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

// --- the frame --------------------------------------------------------------------------------------------

function grow() {
  $("box").style.height = "auto";
  $("box").style.height = `${Math.min($("box").scrollHeight + 2, 200)}px`;
}

const enterSends = (event) => event.key === "Enter" && !event.shiftKey && !event.isComposing;

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  send($("box").value);
});
$("box").addEventListener("keydown", (event) => {
  if (!enterSends(event)) return;
  event.preventDefault();
  send($("box").value);
});
$("box").addEventListener("input", () => {
  drafts.set(location.hash, $("box").value);
  set("problem", "");
  grow();
});
$("new").addEventListener("click", () => {
  go(route().channel);
  $("box").focus();
});
$("menu").addEventListener("click", () => showSide(!document.body.classList.contains("menu-open")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !document.body.classList.contains("menu-open")) return;
  showSide(false);
  $("menu").focus();
});
document.addEventListener("click", (event) => {
  const away = !event.target.closest("#side, #menu");
  if (away && document.body.classList.contains("menu-open")) showSide(false);
  for (const shown of document.querySelectorAll("details.overflow[open]")) {
    if (!shown.contains(event.target)) shown.open = false;
  }
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address is the conversation's
  $("box").focus();
});
window.addEventListener("hashchange", () => {
  editing = null;
  set("problem", "");
  $("box").value = drafts.get(location.hash) ?? "";
  if (room && room.channel !== route().channel) {
    room = null;
    $("list").replaceChildren();
    connect();
  }
  paint();
  grow();
});
connect();
$("box").focus();
