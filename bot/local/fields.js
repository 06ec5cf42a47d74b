// An input of a form: its label, its hint, whether it may be left empty, and what is wrong with it.

import { control } from "./controls.js";
import { element, emoji } from "./mrkdwn.js";

export function field(block, context) {
  const label = emoji(block.label.text) + (block.optional ? " (optional)" : "");
  const made = control(block, block.element, context, label);
  const box = element("div", { class: "block input" }, made);
  if (block.hint) box.append(element("span", { class: "note hint" }, emoji(block.hint.text)));
  if (block.element.max_length) box.append(counter(made, block.element.max_length));
  if (!block.optional) {
    for (const one of box.querySelectorAll("select, textarea, input[type=text]")) one.setAttribute("aria-required", "true");
  }
  described(box);
  return box;
}

// Shows what is wrong at the fields it is wrong with, and puts the focus on the first. How many there are.
export function showFaults(form, errors) {
  for (const old of form.querySelectorAll(".fault")) old.remove();
  for (const old of form.querySelectorAll("[aria-invalid]")) old.removeAttribute("aria-invalid");
  const wrong = [...form.querySelectorAll(".block.input")].filter((box) => errors[box.dataset.blockId]);
  for (const box of wrong) {
    box.append(element("p", { class: "fault" }, emoji(errors[box.dataset.blockId])));
    for (const one of inputs(box)) one.setAttribute("aria-invalid", "true");
  }
  for (const box of form.querySelectorAll(".block.input")) described(box);
  const first = wrong[0] && (wrong[0].querySelector("input:checked") ?? inputs(wrong[0])[0]);
  first?.focus();
  return wrong.length;
}

const inputs = (box) => [...box.querySelectorAll("select, textarea, input")];

// Hint and fault are read with the field; with a group of choices, when it is entered.
function described(box) {
  const notes = [...box.querySelectorAll(":scope > .fault, :scope > .hint")];
  for (const note of notes) note.id ||= `note-${crypto.randomUUID()}`;
  const group = box.querySelector("fieldset");
  for (const one of group ? [group] : inputs(box)) {
    if (notes.length) one.setAttribute("aria-describedby", notes.map((note) => note.id).join(" "));
    else one.removeAttribute("aria-describedby");
  }
}

// Silent until it matters: what is left is shown from four fifths on.
function counter(made, most) {
  const note = element("span", { class: "note count", role: "status" });
  const input = made.querySelector("textarea, input");
  const count = () => {
    const left = most - input.value.length;
    note.textContent = left <= most / 5 ? `${left} characters left` : "";
  };
  input?.addEventListener("input", count);
  if (input) count();
  return note;
}
