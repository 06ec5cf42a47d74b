// One person's conversation with the bot: asking for it, following it, and the few facts read off it.

import { plain } from "./mrkdwn.js";

export const OWNERS = { D0ADA: "U0ADA", D0LIN: "U0LIN" };
const HEADERS = { "Content-Type": "application/json", "X-Local-Page": "1" };
const CHECK_AGAIN = 1000; // ms, when the browser itself gives up on the stream of changes
const LONGEST_TITLE = 60;
const AWAY = "The local workspace is not answering. It may be restarting; try again in a moment.";

export const threadOf = (message) => message.thread_ts ?? message.ts;
export const isRoot = (message) => threadOf(message) === message.ts;
export const latest = (root) => root.latest_reply ?? root.ts;

export async function post(me, path, body) {
  const request = { method: "POST", headers: HEADERS, body: JSON.stringify({ as: me, ...body }) };
  try {
    const answer = await fetch(`/api.local/${path}`, request);
    return await answer.json();
  } catch {
    return { ok: false, say: AWAY };
  }
}

// Calls `receive` with the whole state first (again after every break), then with each change; `lost` on a break.
export function follow(me, receive, lost) {
  let stream = null;
  let timer = null;
  const start = () => {
    stream = new EventSource(`/api.local/changes?as=${me}`);
    stream.onmessage = (event) => receive(JSON.parse(event.data));
    stream.onerror = () => {
      lost();
      if (stream.readyState === EventSource.CLOSED) timer = setTimeout(start, CHECK_AGAIN);
    };
  };
  start();
  return () => {
    clearTimeout(timer);
    stream.close();
  };
}

export function opened(state) {
  const byTs = (list, key = "ts") => new Map(list.map((item) => [item[key], item]));
  return {
    ...state,
    messages: byTs(state.messages),
    ephemerals: byTs(state.ephemerals),
    statuses: byTs(state.statuses, "thread_ts"),
  };
}

export function apply(room, change) {
  switch (change.kind) {
    case "message":
      room.messages.set(change.message.ts, change.message);
      break;
    case "gone":
      room.messages.delete(change.ts);
      break;
    case "ephemeral":
      room.ephemerals.set(change.message.ts, change.message);
      break;
    case "ephemeral_gone":
      room.ephemerals.delete(change.ts);
      break;
    case "prompts":
      room.prompts = change;
      break;
    case "status":
      room.statuses.set(change.thread_ts, change);
      break;
    case "title":
      room.titles[change.thread_ts] = change.title;
      break;
    case "trouble":
      room.troubles[change.ts] = change.words;
      break;
    case "bot":
      room.bot.up = change.up;
      break;
  }
}

export function names(room) {
  const people = Object.fromEntries(room.people.map((person) => [person.id, person.name]));
  return { ...people, [room.bot.id]: room.bot.name, C0GENERAL: "general" };
}

export function titleOf(room, root) {
  const title = room.titles[root.ts] ?? plain(root.text ?? "", names(room));
  return title.length > LONGEST_TITLE ? `${title.slice(0, LONGEST_TITLE).trimEnd()}…` : title || "Conversation";
}

// What is shown: an open conversation, or the top level with the first message of each.
export function visible(room, open) {
  const all = [...room.messages.values(), ...room.ephemerals.values()];
  const here = open ? (m) => threadOf(m) === open : (m) => (m.is_ephemeral ? !m.thread_ts : isRoot(m));
  return all.filter(here).sort((a, b) => (a.ts < b.ts ? -1 : 1));
}
