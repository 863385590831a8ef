// A questionnaire without scripts says for whom a question is; here it appears with the answer that calls for it.
// What is typed stays in this tab until the server has it, so that a lost connection loses nothing.

const PREFIX = "questionnaire:";
const form = document.querySelector("form[data-conditions]");

function ticked(id) {
  return [...form.querySelectorAll(`[name="a.${CSS.escape(id)}"]:checked`)].filter((box) => !box.disabled && !box.closest("fieldset[disabled]")).map((box) => box.value);
}

/** In order, so that what hangs on a hidden question is hidden too. A disabled fieldset is not sent. */
function follow() {
  for (const question of form.querySelectorAll("[data-asked-by]")) {
    const deciding = form.querySelector(`[data-question="${CSS.escape(question.dataset.askedBy)}"]`);
    if (!deciding) continue;
    const met = !deciding.disabled && ticked(deciding.dataset.question).some((value) => question.dataset.askedIf.split(" ").includes(value));
    question.hidden = question.disabled = !met;
  }
}

function count(box) {
  const note = document.getElementById(`${box.id}-left`);
  if (!note) return;
  const left = Number(box.dataset.limit) - box.value.length;
  note.hidden = left > Number(box.dataset.limit) / 5;
  note.classList.toggle("tally-over", left < 0);
  note.textContent = (left < 0 ? note.dataset.over : note.dataset.left).replace("{n}", Math.abs(left).toLocaleString(document.documentElement.lang));
}

const key = PREFIX + location.pathname;
const boxes = () => [...form.querySelectorAll("textarea, input[name^='a.']")];
const state = () => boxes().map((box) => [box.id, box.type === "radio" || box.type === "checkbox" ? box.checked : box.value]);

function stored(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name));
  } catch {
    return null; // no storage, or not ours: the server still has what was sent
  }
}

function keep(sent) {
  try {
    sessionStorage.setItem(key, JSON.stringify({ sent, values: state() }));
  } catch {
    // storage is full or forbidden: the page works as without scripts
  }
}

function restore() {
  const before = stored(key);
  if (!before) return;
  let changed = false;
  for (const [id, value] of before.values) {
    const box = document.getElementById(id);
    if (!box) continue;
    const name = typeof value === "boolean" ? "checked" : "value";
    if (box[name] !== value) [box[name], changed] = [value, true];
  }
  const note = document.querySelector("[data-restored]");
  if (note) note.hidden = !changed;
}

/** Another page of the questionnaire came: what was sent from a page before has arrived. */
function acknowledge(everything) {
  for (const name of Object.keys(sessionStorage).filter((each) => each.startsWith(PREFIX))) {
    if (everything || (name !== key && stored(name)?.sent)) sessionStorage.removeItem(name);
  }
}

acknowledge(Boolean(document.querySelector("[data-sent]")));
if (form) {
  if ("keep" in form.dataset && !document.querySelector(".error-summary")) restore();
  follow();
  form.querySelectorAll("textarea").forEach(count);
  form.addEventListener("input", (event) => {
    if (event.target.matches("textarea")) count(event.target);
    else follow();
    if ("keep" in form.dataset) keep(false);
  });
  form.addEventListener("submit", () => "keep" in form.dataset && keep(true));
  document.querySelector("[data-clears]")?.addEventListener("submit", () => acknowledge(true));
}
