// Where the page is, and as whom: the address after the # is a channel, then `home` or a thread, then a message.

import { OWNERS } from "./room.js";
import { showSide } from "./side.js";

const DMS = Object.fromEntries(Object.entries(OWNERS).map(([dm, owner]) => [owner, dm]));

export function be(person) {
  sessionStorage.setItem("me", person);
}

export function place() {
  const [channel, second = "", third = ""] = location.hash.slice(1).split("/");
  const before = sessionStorage.getItem("me");
  const me = OWNERS[channel] ?? (DMS[before] ? before : "U0ADA");
  if (me !== before) be(me);
  const dm = DMS[me];
  const there = /^[CD]0[A-Z]+$/.test(channel) ? channel : dm;
  const home = there === dm && second === "home";
  return { me, dm, channel: there, home, ts: home ? null : second || null, aim: third || null };
}

export function go(channel, within = null) {
  location.hash = within ? `${channel}/${within}` : channel;
  showSide(false);
}
