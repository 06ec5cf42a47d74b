// The page: where it is, keeping up with the workspace by itself, and which part is shown.

import { confirmed } from "./ask.js";
import { changedPlace, isIdle, paintComposer } from "./composer.js";
import { menu } from "./controls.js";
import { acted, aimAt, context, paintList, settings, settled, stopEditing, stopWaiting } from "./conversation.js";
import { plain } from "./mrkdwn.js";
import { be, go, place } from "./place.js";
import { apply, follow, isRoot, names, opened, post, threadOf, titleOf } from "./room.js";
import { drawChannels, drawPeople, drawThreads, seeAll, showSide } from "./side.js";
import { paintHome, paintModal, problem, stateOf } from "./views.js";

const $ = (id) => document.getElementById(id);
const LEADS = 5000; // ms after a command, a form, … in which a conversation the bot starts is its answer

let world = null; // the workspace as one person sees it, as the server sent it, kept up to date
let unfollow = () => {};
let linked = false;
let followed = null; // who this page keeps up for
let aim = null; // the message a link leads to, until it has been shown
let askedAt = 0;
let wasHome = place().home;

const here = () => world.rooms[place().channel];
const channelHere = () => world.channels.find((channel) => channel.id === place().channel);
const asked = () => (askedAt = acted());

// --- keeping up -------------------------------------------------------------------------------------------

function connect() {
  unfollow();
  followed = place().me;
  unfollow = follow(followed, receive, () => {
    linked = false;
    if (world) paintState();
  });
}

function receive(change) {
  if (change.kind === "state") arrived(change);
  else {
    const room = world.rooms[change.channel];
    const before = change.message && room.messages.get(change.message.ts);
    const wasUp = world.bot.up;
    const opens = change.kind === "views" && change.modal && change.modal.id !== world.modal?.id;
    apply(world, change);
    if (change.kind === "message") noticed(change.message, before, room);
    if (change.kind === "ephemeral") settle(change.message, room);
    if (change.kind === "gone" || change.words) stopWaiting(change.ts);
    if (opens) stopWaiting(); // the dialog is the answer
    if (change.kind === "bot" && world.bot.up && !wasUp) openTab();
  }
  paint();
}

function arrived(state) {
  const same = world?.me === state.me;
  world = opened(state, world);
  linked = true;
  stopWaiting();
  drawPeople(world, become);
  drawShortcuts();
  if (!world.rooms[place().channel]) go(place().dm); // a place this person is not in
  if (!same) seeAll(world);
  openTab(same);
}

// The bot is told which of its tabs is looked at; again only if it has not put anything there.
function openTab(again = false) {
  const at = place();
  if (at.channel !== at.dm) return;
  const filled = at.home ? world.home : world.rooms[at.dm].prompts.prompts.length;
  if (!again || !filled) post(world.me, "open", { tab: at.home ? "home" : "messages" });
}

function become(person) {
  be(person.id);
  const at = place();
  if (at.channel === at.dm || world.people.some((one) => one.dm === at.channel)) go(person.dm);
  else connect();
}

function noticed(message, before, room) {
  if (message.user !== world.bot.id) return;
  // A root is sent again when its replies are counted; that says nothing new.
  const said = (m) => JSON.stringify([m?.text, m?.blocks, m?.files]);
  if (said(message) !== said(before)) settle(message, room);
  // A command often makes the bot start a conversation: go there, unless the person is typing already.
  const at = place();
  const led = Date.now() - askedAt < LEADS && isIdle() && room.id === at.dm;
  if (led && !before && at.channel === at.dm && !at.ts && isRoot(message)) {
    askedAt = 0;
    go(at.dm, message.ts);
  }
}

// Something came back: it is read out where it is looked at.
function settle(message, room) {
  settled(message, room);
  const at = place();
  if (room.id !== at.channel || at.home) return;
  if (at.ts ? threadOf(message) !== at.ts : !isRoot(message)) return;
  // A card cut down to a line, because its successor stands below, would drown what that one says.
  const others = [...room.messages.values()].filter((m) => m.user === world.bot.id && threadOf(m) === threadOf(message));
  const newer = others.some((m) => m.ts > message.ts);
  if (newer && !message.blocks?.some((block) => block.type === "actions")) return;
  const whisper = message.is_ephemeral ? "Only visible to you: " : "";
  const words = message.text || message.files?.map((file) => file.title).join(", ") || "";
  $("live").textContent = `${names(world)[message.user]}: ${whisper}${plain(words, names(world))}`;
}

// --- drawing ----------------------------------------------------------------------------------------------

const set = (id, text) => {
  if ($(id).textContent !== text) $(id).textContent = text;
};

function paint() {
  if (!world || !here()) return;
  const at = place();
  paintState();
  drawChannels(world, at.channel, (channel) => go(channel));
  drawThreads(world, at.channel === at.dm ? at.ts : null, (ts) => go(at.dm, ts));
  paintHead(at);
  $("scroll").hidden = $("foot").hidden = at.home;
  $("home").hidden = !at.home;
  const hands = { ...context(world), act: (block, used, option, on) => use(world.home, block, used, option, on) };
  if (at.home) paintHome(world.home, world.bot.name, hands);
  else {
    paintList(world, at, paint);
    paintComposer(world, at, channelHere(), asked);
    paintAround(at);
    if (aim && aimAt(aim)) aim = null;
  }
  const inModal = { ...context(world), act: (block, used, option, on) => use(world.modal, block, used, option, on) };
  paintModal(world.modal, world.entered, inModal, { submit, close });
}

function paintState() {
  const down = world?.bot.up === false;
  $("banner").hidden = linked && !down;
  if (!linked) set("banner", "The local workspace is not answering. It may be restarting; this page keeps trying.");
  else if (down) set("banner", "The bot is not running, so nothing will be answered. This page keeps looking for it.");
  const state = !linked ? "not connected" : down ? "not running" : world?.bot.up ? "connected" : "";
  $("presence").dataset.state = state;
  set("presence-words", state && `${world?.bot.name ?? "The bot"} is ${state}`);
}

function paintHead(at) {
  const channel = channelHere();
  const direct = at.channel === at.dm;
  const root = here().messages.get(at.ts);
  const top = direct ? (at.home ? world.bot.name : "New conversation") : `#${channel.name}`;
  const title = !at.ts ? top : root ? titleOf(world, root) : "Conversation";
  set("title", title);
  document.title = `${title} · ${document.querySelector(".side-name").textContent}`;
  $("new").setAttribute("aria-current", direct && !at.ts && !at.home ? "true" : "false");
  $("tabs").hidden = !direct;
  for (const tab of $("tabs").children) {
    const current = (tab.dataset.tab === "home") === at.home;
    if (current) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  $("back").hidden = direct || !at.ts;
  set("back", `‹ #${channel.name}`);
}

function paintAround(at) {
  const direct = at.channel === at.dm;
  const nothing = $("list").childElementCount === 0;
  $("greeting").hidden = !direct || Boolean(at.ts) || !nothing;
  $("empty").hidden = direct || Boolean(at.ts) || !nothing;
  set("greeting-title", here().prompts.title || `Start a conversation with ${world.bot.name}`);
}

function drawShortcuts() {
  const items = world.shortcuts.map((one) => ({ words: one.name, run: () => shortcut(one.callback_id) }));
  const made = items.length ? [menu("Shortcuts", null, items, { id: "shortcuts-button" })] : [];
  $("shortcuts").replaceChildren(...made);
}

// --- what a person does with views ------------------------------------------------------------------------

function told(say) {
  $("notice").hidden = !say;
  set("notice", say ?? "");
}

async function use(view, block, used, option, on) {
  if (used.confirm && !(await confirmed(used.confirm, names(world)))) return;
  asked();
  on?.setAttribute?.("aria-busy", "true");
  const body = { view_id: view.id, block_id: block.block_id, action_id: used.action_id, option };
  const answer = await post(world.me, "use", { ...body, state: stateOf(view, settings) });
  on?.removeAttribute?.("aria-busy");
  (view.type === "home" ? told : problem)(answer.ok ? "" : answer.say);
}

function submit(view) {
  asked();
  return post(world.me, "submit", { view_id: view.id, state: stateOf(view, settings) });
}

async function close(view) {
  const answer = await post(world.me, "close", { view_id: view.id });
  if (!answer.ok) problem(answer.say);
}

async function shortcut(callback_id) {
  asked();
  const answer = await post(world.me, "shortcut", { channel: place().channel, callback_id });
  told(answer.ok ? "" : answer.say);
}

// --- the frame --------------------------------------------------------------------------------------------

function move() {
  stopEditing();
  told("");
  changedPlace();
  const at = place();
  aim = at.aim;
  if (world && followed !== at.me) {
    world = null;
    $("list").replaceChildren();
    connect();
  } else if (world && !here()) go(at.dm);
  else if (world) {
    if (wasHome !== at.home) openTab();
    paint();
  }
  wasHome = at.home;
}

$("new").addEventListener("click", () => {
  go(place().dm);
  $("box").focus();
});
$("back").addEventListener("click", () => {
  go(place().channel);
  $("box").focus();
});
for (const tab of $("tabs").children) {
  tab.addEventListener("click", () => go(place().dm, tab.dataset.tab === "home" ? "home" : null));
}
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
window.addEventListener("hashchange", move);
aim = place().aim;
connect();
$("box").focus();
