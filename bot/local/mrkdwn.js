// Slack's mrkdwn as DOM nodes. Message text only ever becomes text nodes, never HTML.

const INLINE = new RegExp(
  [
    "`([^`\\n]+)`",
    "<([^<>\\n]+)>",
    "(?<![\\p{L}\\p{N}*])\\*(\\S(?:[^*\\n]*\\S)?)\\*(?![\\p{L}\\p{N}*])",
    "(?<![\\p{L}\\p{N}_])_(\\S(?:[^_\\n]*\\S)?)_(?![\\p{L}\\p{N}_])",
    "(?<![\\p{L}\\p{N}~])~(\\S(?:[^~\\n]*\\S)?)~(?![\\p{L}\\p{N}~])",
  ].join("|"),
  "gu",
);
const BULLET = /^\s*(?:[•◦▪‣–*-])\s+(.*)$/;
const NUMBER = /^\s*\d+[.)]\s+(.*)$/;
const QUOTE = /^(?:&gt;|>)\s?(.*)$/;
const EMOJI = {
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", warning: "⚠️", no_entry: "⛔", bulb: "💡", memo: "📝",
  rocket: "🚀", tada: "🎉", wave: "👋", thumbsup: "👍", "+1": "👍", thumbsdown: "👎", "-1": "👎", eyes: "👀",
  hourglass_flowing_sand: "⏳", mag: "🔍", moneybag: "💰", chart_with_upwards_trend: "📈", question: "❓",
  large_green_circle: "🟢", large_yellow_circle: "🟡", red_circle: "🔴", white_circle: "⚪", lock: "🔒",
  information_source: "ℹ️", arrow_right: "➡️", point_right: "👉", sparkles: "✨", calendar: "📅", gear: "⚙️",
};

export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function decoded(text) {
  return text.replace(/&(amp|lt|gt);/g, (_, name) => ({ amp: "&", lt: "<", gt: ">" })[name]);
}

export function emoji(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI[name] ?? whole);
}

// Only what a browser may safely follow; anything else stays text.
export function link(url, label) {
  if (!/^(https?:|mailto:)/i.test(url)) return document.createTextNode(label);
  if (url.startsWith(`${location.origin}/#`)) return element("a", { href: url.slice(location.origin.length + 1) }, label);
  return element("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label);
}

function angled(inside, names) {
  const [target, label] = [inside.split("|")[0], inside.split("|").slice(1).join("|")];
  if (target.startsWith("@")) {
    return element("span", { class: "mention" }, `@${label || names[target.slice(1)] || target.slice(1)}`);
  }
  if (target.startsWith("#")) {
    return element("span", { class: "mention" }, `#${label || names[target.slice(1)] || target.slice(1)}`);
  }
  if (target.startsWith("!")) {
    return element("span", { class: "mention" }, decoded(label) || `@${target.slice(1).split("^")[0]}`);
  }
  return link(decoded(target), decoded(label || target));
}

export function inline(text, names = {}) {
  const fragment = document.createDocumentFragment();
  let last = 0;
  for (const match of text.matchAll(INLINE)) {
    fragment.append(emoji(decoded(text.slice(last, match.index))));
    const [whole, code, angle, bold, italic, strike] = match;
    if (code !== undefined) fragment.append(element("code", {}, decoded(code)));
    else if (angle !== undefined) fragment.append(angled(angle, names));
    else if (bold !== undefined) fragment.append(element("strong", {}, inline(bold, names)));
    else if (italic !== undefined) fragment.append(element("em", {}, inline(italic, names)));
    else fragment.append(element("s", {}, inline(strike, names)));
    last = match.index + whole.length;
  }
  fragment.append(emoji(decoded(text.slice(last))));
  return fragment;
}

// Lines of one kind (quote, bullets, numbers, words) become one element.
function kindOf(line) {
  if (QUOTE.test(line)) return ["quote", line.match(QUOTE)[1]];
  if (BULLET.test(line)) return ["bullets", line.match(BULLET)[1]];
  if (NUMBER.test(line)) return ["numbers", line.match(NUMBER)[1]];
  return ["words", line];
}

function lines(text, names) {
  const fragment = document.createDocumentFragment();
  const groups = [];
  for (const line of text.split("\n")) {
    const [kind, rest] = kindOf(line);
    if (groups.length && groups.at(-1).kind === kind) groups.at(-1).rows.push(rest);
    else groups.push({ kind, rows: [rest], start: parseInt(line, 10) });
  }
  for (const { kind, rows, start } of groups) {
    const nodes = rows.map((row) => inline(row, names));
    if (kind === "bullets") fragment.append(element("ul", {}, ...nodes.map((n) => element("li", {}, n))));
    else if (kind === "numbers") fragment.append(element("ol", { start }, ...nodes.map((n) => element("li", {}, n))));
    else {
      const broken = nodes.flatMap((node, n) => (n ? [element("br"), node] : [node]));
      if (kind === "quote") fragment.append(element("blockquote", {}, ...broken));
      else if (rows.some((row) => row.trim())) fragment.append(element("p", {}, ...broken));
    }
  }
  return fragment;
}

export function mrkdwn(text, names = {}) {
  const fragment = document.createDocumentFragment();
  text.split("```").forEach((part, n, all) => {
    if (n % 2 && n < all.length - 1) {
      fragment.append(element("pre", { tabindex: "0" }, decoded(part.replace(/^\n|\n$/g, ""))));
    } else {
      fragment.append(lines((n % 2 ? "```" : "") + part.replace(/^\n+|\n+$/g, ""), names));
    }
  });
  return fragment;
}

// A text object of Block Kit.
export function words(text, names, oneLine = false) {
  if (!text) return document.createDocumentFragment();
  if (text.type !== "mrkdwn") return document.createTextNode(emoji(text.text));
  return oneLine ? inline(text.text, names) : mrkdwn(text.text, names);
}

// One line of words, for lists and for screen readers.
export function plain(text, names = {}) {
  const box = element("div");
  box.append(mrkdwn(text, names));
  for (const block of box.querySelectorAll("p, li, blockquote, pre, br")) block.after(" ");
  return box.textContent.replace(/\s+/g, " ").trim();
}
