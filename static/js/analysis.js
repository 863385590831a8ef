// The workbench: what is selected in the text goes into the form; J and K walk through the pieces, C goes to the codes.

const text = document.querySelector("[data-passages]");
const words = document.querySelector("[data-words]");
const near = document.querySelector("[data-near]");

/** How many characters of the text lie before the selection, as the server counts them: whole letters, not halves. */
function before(range) {
  const lead = document.createRange();
  lead.setStart(text, 0);
  lead.setEnd(range.startContainer, range.startOffset);
  return [...lead.toString()].length;
}

function take() {
  const selection = getSelection();
  if (selection.isCollapsed || !selection.rangeCount) return;
  const range = selection.getRangeAt(0);
  if (!text.contains(range.commonAncestorContainer)) return;
  words.value = range.toString().trim();
  near.value = before(range);
}
if (text && words) document.addEventListener("selectionchange", take);

// --- Keys -----------------------------------------------------------------------------------------------------------

const keys = document.querySelector("[data-keys]");
const box = document.querySelector("[data-keys-switch]");
const STORED = "analysis-keys";
const wanted = () => localStorage.getItem(STORED) !== "off";

function go(event) {
  const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !wanted()) return;
  const link = { j: "[data-next]", ArrowRight: "[data-next]", k: "[data-previous]", ArrowLeft: "[data-previous]" }[event.key];
  if (link) document.querySelector(link)?.click();
  if (event.key !== "c" || !words) return;
  event.preventDefault();
  const first = document.querySelector("[name=codes], [name=title]");
  (words.value ? first : words)?.focus();
}

if (keys) {
  keys.hidden = false;
  box.checked = wanted();
  document.addEventListener("keydown", go);
  box.addEventListener("change", () => localStorage.setItem(STORED, box.checked ? "on" : "off"));
}
