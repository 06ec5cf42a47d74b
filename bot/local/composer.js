// The box to type in, under the messages: messages, commands, and the bot's suggestions.

import { acted } from "./conversation.js";
import { element, emoji } from "./mrkdwn.js";
import { go, place } from "./place.js";
import { post } from "./room.js";

const $ = (id) => document.getElementById(id);
const drafts = new Map(); // what was typed in the box of each place
let sending = null; // a message on its way: {text, id}. After a failure the same id goes again, so it counts once
let world = null;
let onCommand = () => {};

const set = (id, text) => {
  if ($(id).textContent !== text) $(id).textContent = text;
};

// `commanded` is called when a command goes off.
export function paintComposer(theWorld, at, channel, commanded) {
  [world, onCommand] = [theWorld, commanded];
  const direct = channel.kind === "im";
  $("composer").hidden = $("hint").hidden = channel.is_archived;
  $("closed").hidden = !channel.is_archived;
  const to = direct ? world.bot.name : `#${channel.name}`;
  set("box-label", !at.ts ? `Message ${to}` : direct ? "Reply in this conversation" : "Reply in this thread");
  $("box").placeholder = $("box-label").textContent;
  set("hint", `Enter sends, Shift+Enter starts a new line.${at.ts ? "" : hint(channel)}`);
  paintPrompts(at, direct);
}

// Whether the box is empty but for what is being sent.
export const isIdle = () => ["", sending?.text].includes($("box").value.trim());

export function changedPlace() {
  set("problem", "");
  $("box").value = drafts.get(location.hash) ?? "";
  grow();
}

function hint(channel) {
  if (channel.kind === "im") return " Commands such as /finetune help work here.";
  if (channel.bot_is_member) return ` Write @${world.bot.name} to ask it something here.`;
  return ` ${world.bot.name} is not in this channel; /invite @${world.bot.name} brings it in.`;
}

function paintPrompts(at, direct) {
  const prompts = at.ts || !direct ? [] : world.rooms[at.channel].prompts.prompts;
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

async function send(typed) {
  const text = typed.trim();
  set("problem", "");
  if (!world || !text || sending?.pending) return;
  const { me, dm, channel, ts } = place();
  const [, command, rest] = text.match(/^(\/[a-z][\w-]*)\s*([\s\S]*)$/i) ?? [];
  if (command && ts) {
    set("problem", "Slack takes no commands inside a conversation. Type the word without the slash, or start a new one.");
    return;
  }
  const from = location.hash;
  sending = { text, id: sending?.text === text ? sending.id : crypto.randomUUID(), pending: true };
  if (command) onCommand();
  acted();
  const answer = command
    ? await post(me, "command", { channel, command, text: rest })
    : await post(me, "say", { channel, text, thread_ts: ts ?? undefined, client_msg_id: sending.id });
  sending.pending = false;
  if (!answer.ok && answer.say) {
    set("problem", answer.say);
    return;
  }
  sending = null;
  drafts.delete(from);
  if ($("box").value.trim() === text) $("box").value = "";
  grow();
  if (channel === dm && location.hash === from && !ts && answer.ts) go(channel, answer.ts);
}

function grow() {
  $("box").style.height = "auto";
  $("box").style.height = `${Math.min($("box").scrollHeight + 2, 200)}px`;
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  send($("box").value);
});
$("box").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  send($("box").value);
});
$("box").addEventListener("input", () => {
  drafts.set(location.hash, $("box").value);
  set("problem", "");
  grow();
});
