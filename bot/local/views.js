// Views: the modal in a dialog, and the Home tab. Both are drawn anew when their hash changes, and keep what was
// entered, the focus and the place.

import { blocks } from "./blocks.js";
import { showFaults } from "./fields.js";
import { focusIn, refocus } from "./messages.js";
import { element, emoji } from "./mrkdwn.js";

const $ = (id) => document.getElementById(id);
const dialog = $("modal");
let shown = null; // the view in the dialog
let opener = null; // what had the focus before, for when it is gone from the page
let hands = null; // what a person can do: {submit, close}
let sending = false;

// `entered`: [block_id, action_id, value] of what the workspace knows of this view; `context` as for blocks.
export function paintModal(view, entered, context, does) {
  hands = does;
  if (!view) return hide();
  if (shown?.id === view.id && shown.hash === view.hash) return undefined;
  const body = $("modal-body");
  // Another title is another page: it is read from its beginning.
  const same = shown?.id === view.id && shown.title.text === view.title.text;
  const was = focusIn(body);
  const top = body.scrollTop;
  keep(view, entered, context.settings);
  $("modal-title").textContent = emoji(view.title.text);
  body.replaceChildren(blocks(view.blocks, { ...context, ts: view.id }));
  $("modal-submit").hidden = !view.submit;
  $("modal-submit").textContent = emoji(view.submit?.text ?? "");
  $("modal-close").textContent = emoji(view.close?.text ?? (view.submit ? "Cancel" : "Close"));
  problem("");
  shown = view;
  if (!dialog.open) {
    opener = whereIs(document.activeElement);
    dialog.showModal();
  }
  body.scrollTop = same ? top : 0;
  if (same) return was && refocus(body, was, $("modal-title"));
  (body.querySelector("input, select, textarea") ?? $("modal-title")).focus();
  return undefined;
}

export function paintHome(view, name, context) {
  const home = $("home");
  const stamp = view ? `${view.id}/${view.hash}/${context.busy}` : "";
  if (home.dataset.stamp === stamp && home.childElementCount) return;
  home.dataset.stamp = stamp;
  const was = focusIn(home);
  if (view) home.replaceChildren(element("div", { class: "home-body body" }, blocks(view.blocks, { ...context, ts: view.id })));
  else home.replaceChildren(element("p", { class: "empty" }, `${name} has not put anything here yet.`));
  if (was) refocus(home, was, home);
}

// What is set in a view now, as the workspace wants it.
export function stateOf(view, settings) {
  return [...settings]
    .filter(([name]) => name.startsWith(`${view.id}/`))
    .map(([, s]) => ({ block_id: s.block, action_id: s.action, value: s.value }));
}

export function problem(text) {
  $("modal-problem").hidden = !text;
  $("modal-problem").textContent = text;
}

// Settings of inputs that are gone would be refused; what the workspace knows fills what was not touched here.
function keep(view, entered, settings) {
  const all = view.blocks.flatMap((b) => [b, ...(b.child_blocks ?? [])]);
  const elements = all.flatMap((b) => [...(b.elements ?? []), b.element].map((e) => [b, e]));
  const there = new Set(elements.filter(([, e]) => e?.action_id).map(([b, e]) => `${view.id}/${b.block_id}/${e.action_id}`));
  for (const name of [...settings.keys()]) {
    if (name.startsWith(`${view.id}/`) && !there.has(name)) settings.delete(name);
  }
  for (const [block, action, value] of entered) {
    const name = `${view.id}/${block}/${action}`;
    if (!settings.has(name)) settings.set(name, { block, action, value });
  }
}

function hide() {
  if (!shown) return;
  shown = null;
  dialog.close(); // gives the focus back by itself, if what had it is still there
  const at = document.activeElement;
  if (!at || at === document.body) findAgain(opener)?.focus({ preventScroll: true });
}

function whereIs(node) {
  if (!node || node === document.body) return { id: "box" };
  return { id: node.id, ts: node.closest("[data-ts]")?.dataset.ts, action: node.dataset.action, option: node.dataset.option };
}

function findAgain({ id, ts, action, option }) {
  const again = [...document.querySelectorAll("[data-action]")].find(
    (node) => node.dataset.action === action && node.dataset.option === option && node.closest("[data-ts]")?.dataset.ts === ts,
  );
  const fallback = $("home").hidden ? $("box") : $("title");
  return (id && $(id)) || again || (ts && document.querySelector(`[data-ts="${ts}"]`)) || fallback;
}

$("modal-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!shown?.submit || sending) return;
  const view = shown;
  sending = true;
  problem("");
  showFaults(dialog, {});
  $("modal-submit").setAttribute("aria-busy", "true");
  const answer = await hands.submit(view);
  sending = false;
  $("modal-submit").removeAttribute("aria-busy");
  if (answer.ok || shown?.id !== view.id) return;
  const count = showFaults(dialog, answer.errors ?? {});
  if (answer.say) problem(answer.say);
  else problem(count === 1 ? "One field needs a change." : `${count} fields need a change.`);
});
dialog.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  event.preventDefault(); // it closes when the workspace says so
  if (shown) hands.close(shown);
});
dialog.addEventListener("close", () => {
  if (dialog.open) return; // it is told late: the next view is in it already
  if (shown) hands.close(shown); // the browser has its own ways
  shown = null;
});
for (const id of ["modal-close", "modal-all"]) $(id).addEventListener("click", () => shown && hands.close(shown));
