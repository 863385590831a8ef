// What is typed in a form marked data-kept stays in this tab until the server has answered: a lost connection loses nothing.
// The layout of shared devices does not load this.

const PREFIX = "kept:";
const name = ({ pathname, search }) => PREFIX + pathname + search;
const key = name(location);
const find = (selector) => document.querySelector(selector);
const form = find("form[data-kept]");
const nonce = form?.elements.nonce;
const fresh = nonce?.value;

function stored(each) {
  try {
    return JSON.parse(sessionStorage.getItem(each));
  } catch {
    return null; // forbidden or not ours
  }
}

function keep(sent) {
  const typed = [...form.elements].filter((box) => box.name && !/hidden|file|submit/.test(box.type));
  const values = typed.map((box) => [box.id, /radio|checkbox/.test(box.type) ? box.checked : box.value]);
  try {
    sessionStorage.setItem(key, JSON.stringify({ sent, values, nonce: nonce?.value }));
  } catch {
    // full or forbidden: the page works as without scripts
  }
}

function forget(start) {
  for (const each of Object.keys(sessionStorage)) if (each.startsWith(PREFIX + start)) sessionStorage.removeItem(each);
}

function restore({ values, nonce: before }) {
  let changed = false;
  for (const [id, value] of values) {
    const box = document.getElementById(id);
    const what = typeof value === "boolean" ? "checked" : "value";
    if (box && box[what] !== value) [box[what], changed] = [value, true];
  }
  if (before) nonce.value = before; // if only the answer was lost, the same text is received once
  find("[data-kept-back]").hidden = !changed;
  keep(false);
}

async function hold(event) {
  event.preventDefault();
  keep(false);
  const failed = await fetch(import.meta.url, { method: "HEAD", cache: "no-store" }).then(() => false, () => true);
  find("[data-kept-held]").hidden = !failed;
  if (failed) return;
  keep(true);
  form.removeEventListener("submit", hold);
  form.requestSubmit(event.submitter);
  form.addEventListener("submit", hold);
}

const over = find("h1[data-kept-over]");
if (over) forget(over.dataset.keptOver);
const from = document.referrer && name(new URL(document.referrer));
if (from && from !== key && stored(from)?.sent && !find("[data-error]")) sessionStorage.removeItem(from);
if (form) {
  const before = stored(key);
  if (find(".error-summary")) keep(false);
  else if (before) restore(before);
  form.addEventListener("input", () => {
    if (nonce) nonce.value = fresh;
    keep(false);
  });
  form.addEventListener("submit", hold);
  find("[data-kept-clear]").addEventListener("click", () => {
    form.reset();
    form.dispatchEvent(new Event("input"));
    sessionStorage.removeItem(key);
    find("[data-kept-back]").hidden = true;
    form.querySelector("textarea, input:not([type=hidden])").focus();
  });
}
find("form[data-kept-over]")?.addEventListener("submit", (event) => forget(event.target.dataset.keptOver));
