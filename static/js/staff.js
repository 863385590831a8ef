// Staff screens: the keying desk from the keyboard alone, and a warning before typed work is lost.
// Everything here presses buttons and fills fields of plain forms.

// --- Keying ---------------------------------------------------------------------------------------------------------

const key = (number) => number.split(":")[0].trim().toUpperCase().replace(/^0+(?=.)/, "");
const numbersIn = (field) => field.value.split(/[\s,;+]+/).filter(Boolean);
const fieldsOf = (form) => [...form.querySelectorAll(".keying-field")];

/** Project number as keyed → its row in the list beside the field. A form of several questions has a list for each. */
function rows(field) {
  const lists = [...field.form.querySelectorAll("[data-keying-options]")];
  const list = lists.find((each) => each.dataset.keyingOptions === field.name) ?? lists[0];
  return new Map([...(list?.querySelectorAll("[data-number]") ?? [])].map((row) => [key(row.dataset.number), row]));
}

/** Shows what the field will be read as, so that a slip of the finger is seen before Enter. */
function read(field) {
  const reading = (field.closest("[data-keying-question]") ?? field.form).querySelector("[data-keying-reading]");
  const known = rows(field);
  const typed = numbersIn(field);
  if (!field.value.endsWith(" ") && document.activeElement === field) typed.pop(); // still being typed
  const keys = typed.map(key);
  reading.replaceChildren(...typed.map((number, index) => chip(reading, number, known.get(keys[index]), keys.indexOf(keys[index]) < index)));
  known.forEach((row, number) => row.classList.toggle("is-keyed", keys.includes(number)));
}

function chip(reading, number, row, twice) {
  const part = document.createElement("span");
  const badge = document.createElement("b");
  const points = number.includes(":") ? number.slice(number.indexOf(":")) : "";
  badge.className = "num num-small";
  badge.textContent = row ? row.dataset.number + points : number;
  const trouble = twice ? reading.dataset.twice : row ? "" : reading.dataset.unknown;
  part.append(badge, trouble || row.lastChild.textContent.trim());
  part.classList.toggle("is-unknown", Boolean(trouble));
  return part;
}

/** Enter ends a number; Enter after a finished number goes to the next question, and from the last sends the form. */
function enter(event, field) {
  const fields = fieldsOf(field.form);
  const next = fields[fields.indexOf(field) + 1];
  const ended = field.value === "" || field.value.endsWith(" ");
  if (ended && !next) return; // the browser submits
  event.preventDefault();
  if (ended) next.focus();
  else {
    field.value += " ";
    read(field);
  }
}

/** A letter is a key only while nothing is typed: it must not throw numbers away, and may be part of one. */
function hotkey(event, form) {
  if (fieldsOf(form).some((each) => each.value.trim())) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1) return;
  const letter = event.key.toLowerCase();
  const button = [...form.querySelectorAll("[data-hotkey]")].find((each) => each.dataset.hotkey === letter);
  if (!button) return;
  event.preventDefault();
  if (!event.repeat) button.click();
}

document.addEventListener("keydown", (event) => {
  const field = event.target.closest?.(".keying-field");
  const form = field?.form ?? document.querySelector("[data-keying]");
  if (!form || !form.hasAttribute("data-keying")) return;
  if (field && event.key === "Enter") enter(event, field);
  else if (field || !event.target.closest("input, textarea, select")) hotkey(event, form);
});

document.addEventListener("input", (event) => {
  if (event.target.matches?.(".keying-field")) read(event.target);
});

// --- Work that is not saved -----------------------------------------------------------------------------------------

const dirty = new Set();

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-guard]");
  if (form) dirty.add(form);
});
document.addEventListener("submit", (event) => dirty.delete(event.target));
document.addEventListener("htmx:after:swap", () => dirty.forEach((form) => form.isConnected || dirty.delete(form)));
addEventListener("beforeunload", (event) => {
  if (dirty.size) event.preventDefault();
});

/** What a field holds already is read as well, and typing goes on behind it with a new number. */
function readAll() {
  for (const field of document.querySelectorAll("[data-keying] .keying-field")) {
    if (field.value && !field.value.endsWith(" ")) field.value += " ";
    field.setSelectionRange(field.value.length, field.value.length);
    read(field);
  }
}
document.addEventListener("htmx:after:swap", readAll);
readAll();
