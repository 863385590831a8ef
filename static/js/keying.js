// A form that is keyed from the paper: numbers end by themselves, Enter goes on, letters press buttons.
// Everything here fills fields of a plain form and presses its buttons. Single letters act only inside the field of
// numbers, where no letter is ever typed, and only while it is empty (WCAG 2.1.4).

const FIELDS = ".keying-serial, .keying-field";
const key = (number) => number.split(":")[0].trim().toUpperCase().replace(/^0+(?=.)/, "");
const numbersIn = (field) => field.value.split(/[\s,;+]+/).filter(Boolean);
const fieldsOf = (form) => [...form.querySelectorAll(FIELDS)];
const tell = (form, name, detail) => form.dispatchEvent(new CustomEvent(`keying:${name}`, { detail, bubbles: true }));

/** Project number as keyed → its row in the list beside the field. A form of several questions has a list for each. */
function rows(field) {
  const lists = [...field.form.querySelectorAll("[data-keying-options]")];
  const list = lists.find((each) => each.dataset.keyingOptions === field.name) ?? lists[0];
  return new Map([...(list?.querySelectorAll("[data-number]") ?? [])].map((row) => [key(row.dataset.number), row]));
}

const printed = (field) => [...rows(field).values()].map((row) => row.dataset.number);
const digitsOnly = (field) => printed(field).every((number) => /^\d+$/.test(number));

/** How long a number is when it ends by itself; 0 where it never does: points follow it, or it may hold letters. */
function width(field) {
  if (field.dataset.kind === "cumulative" || !digitsOnly(field)) return 0;
  return Math.max(0, ...printed(field).map((number) => number.length));
}

/** Says one thing, once: whoever listens is not told each number. */
function say(form, words) {
  const said = form.querySelector("[data-keying-said]");
  if (said) said.textContent = words;
}

/** Shows what the field will be read as, so that a slip of the finger is seen before Enter. */
function read(field) {
  const reading = (field.closest("[data-keying-question]") ?? field.form).querySelector("[data-keying-reading]");
  const known = rows(field);
  const typed = numbersIn(field);
  if (!/[\s,;+]$/.test(field.value) && document.activeElement === field) typed.pop(); // still being typed
  const keys = typed.map(key);
  const troubles = reading.querySelectorAll(".is-unknown").length;
  reading.replaceChildren(...typed.map((number, index) => chip(reading, number, known.get(keys[index]), keys.indexOf(keys[index]) < index)));
  known.forEach((row, number) => row.classList.toggle("is-keyed", keys.includes(number)));
  const wrong = [...reading.querySelectorAll(".is-unknown")];
  if (wrong.length > troubles) {
    say(field.form, wrong.at(-1).textContent);
    tell(field.form, "doubt");
  }
}

function chip(reading, number, row, twice) {
  const part = document.createElement("span");
  const badge = document.createElement("b");
  const points = number.includes(":") ? number.slice(number.indexOf(":")) : "";
  badge.className = "num num-small";
  badge.textContent = row ? row.dataset.number + points : number;
  const trouble = twice ? reading.dataset.twice : row ? "" : reading.dataset.unknown;
  part.append(badge, " ", trouble || row.lastChild.textContent.trim());
  part.classList.toggle("is-unknown", Boolean(trouble));
  return part;
}

/** A number as long as the longest on the list is whole: no key is needed to end it. */
function endByItself(event, field) {
  const whole = width(field);
  if (!whole || event.inputType?.startsWith("delete") || field.selectionStart !== field.value.length) return;
  const last = /(?:^|[\s,;+])(\d+)$/.exec(field.value);
  if (last?.[1].length === whole) field.value += " ";
}

// --- The serial -----------------------------------------------------------------------------------------------------

const DAMM = ["0317598642", "7092154863", "4206871359", "1750983426", "6123045978", "3674209581", "5869720134", "8945362017", "9438617205", "2581436790"];
const wholeSerial = (digits) => /^\d{7}$/.test(digits) && digits !== "0000000" && [...digits].reduce((sum, digit) => DAMM[sum][digit], 0) == 0;

/** The seven digits of a serial as typed, or as a wand reads them off the sheet; empty where it is none. */
export function serialIn(typed) {
  const sheet = /^[A-Z0-9]{4,30}[1-9](\d{7})$/.exec(typed.trim().toUpperCase());
  const digits = sheet ? sheet[1] : typed.replace(/[\s‐-―-]/g, "");
  return wholeSerial(digits) ? digits : "";
}

/** Whether the serial field may be left: it is empty or right. Says what is wrong otherwise. */
export function serialIsFine(field) {
  const fine = !field.value.trim() || Boolean(serialIn(field.value));
  if (fine) field.removeAttribute("aria-invalid");
  else field.setAttribute("aria-invalid", "true");
  say(field.form, fine ? "" : field.dataset.wrong);
  if (!fine) tell(field.form, "refused");
  return fine;
}

let justWhole = null;

/** The last of seven digits that pass the check leads on to the numbers; the Enter of a wand then finds nothing to do. */
function serialTyped(field) {
  const digits = field.value.replace(/[\s-]/g, "");
  if (!/^\d{7}$/.test(digits) || !serialIsFine(field)) return;
  const next = fieldsOf(field.form)[fieldsOf(field.form).indexOf(field) + 1];
  next?.focus();
  justWhole = next;
}

// --- Keys -----------------------------------------------------------------------------------------------------------

/** Enter goes to the next field; from the last one the browser sends the form. */
function enter(event, field) {
  if (field === justWhole && !field.value) return event.preventDefault();
  if (field.matches(".keying-serial") && !serialIsFine(field)) return event.preventDefault();
  const fields = fieldsOf(field.form);
  const next = fields[fields.indexOf(field) + 1];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function press(form, letter) {
  const button = [...form.querySelectorAll("[data-hotkey]:not([hidden])")].find((each) => each.dataset.hotkey === letter);
  button?.click();
  return Boolean(button);
}

/** A letter is a key only while no number is typed: it must not throw numbers away. */
function letter(event, field) {
  const typed = fieldsOf(field.form).some((each) => each.matches(".keying-field") && each.value.trim());
  event.preventDefault();
  if (event.repeat || (!typed && press(field.form, event.key.toLowerCase()))) return;
  const said = field.form.querySelector("[data-keying-said]");
  const hot = field.form.querySelector(`[data-hotkey="${CSS.escape(event.key.toLowerCase())}"]:not([hidden])`);
  say(field.form, (hot ? said?.dataset.clearFirst : said?.dataset.letter) ?? "");
  tell(field.form, "refused");
}

/** Empties every field of a form and goes to the first. */
export function clear(form) {
  for (const field of fieldsOf(form)) {
    field.value = "";
    field.removeAttribute("aria-invalid");
    if (field.matches(".keying-field")) read(field);
  }
  say(form, "");
  fieldsOf(form)[0].focus();
}

document.addEventListener("keydown", (event) => {
  const field = event.target.closest?.(FIELDS);
  if (!field?.form?.hasAttribute("data-keying") || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const lettersAct = field.matches(".keying-field") && digitsOnly(field);
  if (event.key === "Enter") enter(event, field);
  else if (event.key === "Escape") clear(field.form);
  else if (event.key === "PageUp" && press(field.form, "p")) event.preventDefault();
  else if (lettersAct && /^\p{L}$/u.test(event.key)) letter(event, field);
  if (event.key !== "Shift") justWhole = null;
});

document.addEventListener("input", (event) => {
  const field = event.target;
  if (field.matches?.(".keying-serial")) serialTyped(field);
  if (!field.matches?.(".keying-field")) return;
  endByItself(event, field);
  read(field);
});

/** What a field holds already is read as well, and typing goes on behind it with a new number. */
export function readAll(form) {
  for (const field of form.querySelectorAll(".keying-field")) {
    if (field.value && !field.value.endsWith(" ")) field.value += " ";
    if (document.activeElement === field) field.setSelectionRange(field.value.length, field.value.length);
    read(field);
  }
}

document.querySelectorAll("[data-keying]").forEach(readAll);
