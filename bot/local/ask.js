// Asking before something is done that cannot be undone: the bot's `confirm`, and the page's own.

import { emoji, words } from "./mrkdwn.js";

const $ = (id) => document.getElementById(id);

export function confirmed({ title, text, confirm, deny, style }, names) {
  const dialog = $("ask");
  $("ask-title").textContent = emoji(title?.text ?? "Are you sure?");
  $("ask-text").replaceChildren(words(text, names));
  $("ask-yes").textContent = emoji(confirm?.text ?? "Yes");
  $("ask-no").textContent = emoji(deny?.text ?? "No");
  $("ask-yes").className = style === "danger" ? "danger" : "primary";
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
