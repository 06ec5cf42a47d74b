// The workspace as one person sees it: asking for it, following it, and the few facts read off it.

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

// The state of the workspace, from what the server sent; `before` of the same person keeps what only they see.
export function opened(state, before) {
  const rooms = Object.entries(state.rooms).map(([id, room]) => {
    return [id, { ...room, id, messages: new Map(room.messages.map((message) => [message.ts, message])) }];
  });
  return { ...state, rooms: Object.fromEntries(rooms), ephemerals: before?.me === state.me ? before.ephemerals : new Map() };
}

export function apply(world, change) {
  const room = world.rooms[change.channel];
  switch (change.kind) {
    case "message":
      room.messages.set(change.message.ts, change.message);
      break;
    case "gone":
      room.messages.delete(change.ts);
      break;
    case "ephemeral":
      world.ephemerals.set(change.message.ts, change.message);
      break;
    case "prompts":
      room.prompts = change;
      break;
    case "trouble":
      room.troubles[change.ts] = change.words;
      break;
    case "bot":
      world.bot.up = change.up;
      break;
    case "channel":
      world.channels = world.channels.map((channel) => (channel.id === change.channel ? change.now : channel));
      break;
    case "views":
      Object.assign(world, { modal: change.modal, entered: change.entered, home: change.home });
      break;
  }
}

export const dmOf = (world) => world.people.find((person) => person.id === world.me).dm;
export const called = (world, channel) => (channel.kind === "im" ? world.bot.name : `#${channel.name}`);

export function names(world) {
  const people = world.people.map((person) => [person.id, person.name]);
  const channels = world.channels.map((channel) => [channel.id, channel.name]);
  return { ...Object.fromEntries([...people, ...channels]), [world.bot.id]: world.bot.name, USLACKBOT: "Slackbot" };
}

export function titleOf(world, root) {
  const title = plain(root.text ?? "", names(world));
  return title.length > LONGEST_TITLE ? `${title.slice(0, LONGEST_TITLE).trimEnd()}…` : title || "Conversation";
}

// What is shown of a room: an open conversation, or the top level with the first message of each.
export function visible(world, room, open) {
  const whispers = [...world.ephemerals.values()].filter((message) => message.channel === room.id);
  const here = open ? (m) => threadOf(m) === open : (m) => (m.is_ephemeral ? !m.thread_ts : isRoot(m));
  return [...room.messages.values(), ...whispers].filter(here).sort((a, b) => (a.ts < b.ts ? -1 : 1));
}
