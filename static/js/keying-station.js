// The keying station: the next form comes up at once, the one before waits in this browser until the server has it.
// It sends what the form of the page would send; without it, or without a database in the browser, the page does that.

const section = document.querySelector("[data-station]");
const station = document.getElementById("station");
const form = section?.querySelector("[data-keying]");
const LAST = 60;
const AT_ONCE = 50;
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 15000;
const FILES = "keying";

const { station: home, pass, keyer, locale } = section.dataset;
const total = Number(section.dataset.total);
const [queue, sound, keys] = await Promise.all([section.dataset.queue, section.dataset.sound, section.dataset.keys].map((file) => import(file)));
const plural = new Intl.PluralRules(locale);
const one = (selector, root = section) => root.querySelector(selector);
const fields = [...form.querySelectorAll(".keying-serial, .keying-field")];

/** Place → what this page knows of its form: its fields, its nonce, and whether the server has it. */
const forms = new Map();
let known = new Set();
let position = Number(section.dataset.position);
let shownAt = 0;
let order = 0;
let state = "starting";

const newNonce = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const filled = (element, name, value) => element.dataset[name].replace("{n}", value);
const worded = (element, number) => element.dataset[plural.select(number) === "one" ? "one" : "other"].replace("{n}", number.toLocaleString(locale));
const when = (name, shown) => station.querySelectorAll(`[data-when="${name}"]`).forEach((each) => (each.hidden = !shown));

// --- What is on the screen ------------------------------------------------------------------------------------------

/** The numbers of a form with their titles, or the word for what was pressed. */
function told(entry) {
  const { ruling } = entry.fields;
  if (ruling) return [one(`[data-held-as="${CSS.escape(ruling)}"]`).dataset.word];
  return fields.filter((field) => field.matches(".keying-field")).flatMap((field) => {
    const list = one(`[data-keying-options="${CSS.escape(field.name)}"]`);
    return (entry.fields[field.name] ?? "").split(/[\s,;+]+/).filter(Boolean).map((typed) => titled(list, typed));
  });
}

function titled(list, typed) {
  const [number, points] = typed.split(":");
  const bare = (text) => text.toUpperCase().replace(/^0+(?=.)/, "");
  const row = [...list.children].find((each) => bare(each.dataset.number) === bare(number));
  const title = row ? row.lastChild.textContent.trim() : one("[data-keying-reading]").dataset.unknown;
  return `${row ? row.dataset.number : number} ${title}${points ? ` (${points})` : ""}`;
}

const sentence = (entry) => told(entry).join(" · ");

function show(next, { quiet = false } = {}) {
  position = Math.min(Math.max(1, next), LAST);
  const entry = forms.get(position);
  form.elements.position.value = position;
  for (const field of fields) field.value = entry?.fields[field.name] ?? "";
  keys.readAll(form);
  one("[data-heading]").textContent = filled(one("[data-heading]"), "text", position);
  for (const word of section.querySelectorAll("[data-held-as]")) word.hidden = word.dataset.heldAs !== heldAs(entry);
  one("[data-hotkey=p]").hidden = position === 1;
  showBefore();
  showCount();
  const past = position > total;
  one("[data-all-keyed]").hidden = !past;
  if (past) showHoles();
  if (past && !entry && !quiet) one("[data-finish] button").focus();
  else fields[0].focus();
  shownAt = performance.now();
}

const heldAs = (entry) => (entry ? entry.fields.ruling || "choices" : known.has(position) ? "choices" : "");

function showBefore() {
  const line = one("[data-before]");
  const before = forms.get(position - 1);
  line.hidden = !before;
  if (!before) return;
  one("[data-before-text]").textContent = filled(one("[data-before-text]"), "beforeText", position - 1);
  one("[data-before-told]").textContent = sentence(before);
}

const places = () => new Set([...known, ...forms.keys()]);

function showCount() {
  one("[data-done]").textContent = places().size.toLocaleString(locale);
}

function showHoles() {
  const line = one("[data-holes]");
  const keyed = places();
  const holes = Array.from({ length: total }, (_each, index) => index + 1).filter((place) => !keyed.has(place));
  line.hidden = !holes.length;
  if (holes.length) line.textContent = line.dataset[plural.select(holes.length) === "one" ? "one" : "other"].replace("{n}", holes.join(", "));
}

function say(words) {
  one("[data-keying-said]").textContent = words;
}

// --- Keying a form --------------------------------------------------------------------------------------------------

/** What the form would send for this place; null, with the reason said, where it is not fit to be sent. */
function typed(ruling) {
  const values = Object.fromEntries(fields.map((field) => [field.name, field.value.trim()]));
  const serial = fields.find((field) => field.matches(".keying-serial"));
  if (serial && !keys.serialIsFine(serial)) return refused(serial);
  const numbers = fields.filter((field) => field.matches(".keying-field"));
  if (ruling) for (const field of numbers) values[field.name] = "";
  else if (!numbers.some((field) => field.value.trim())) return refused(numbers[0], one("[data-keying-said]").dataset.nothing);
  const faulty = numbers.find((field) => values[field.name].split(/[\s,;+]+/).some((piece) => piece && !fits(field, piece)));
  if (faulty) return refused(faulty, one("[data-keying-said]").dataset.faulty);
  return { ...values, ruling };
}

const fits = (field, piece) => piece.length <= 20 && (field.dataset.kind === "cumulative" ? /^[^:]+:\d{1,4}$/.test(piece) : !piece.includes(":"));

function refused(field, words = "") {
  if (words) say(words);
  sound.play("refused");
  field.focus();
  return null;
}

function save(ruling) {
  const values = typed(ruling);
  if (!values) return;
  const before = forms.get(position);
  const seconds = Math.max(1, Math.round((performance.now() - shownAt) / 1000));
  const entry = {
    pass, keyer, home, position, order: ++order, nonce: newNonce(), fields: values, seconds,
    replaces: before ? [before.nonce, before.saved ? "" : before.replaces].join(" ").trim() : "",
  };
  forms.set(position, entry);
  keep(entry);
  if (before === troubled) writing.then(nextTrouble);
  sound.play("saved");
  show(position + 1);
  say("");
  const told = [filled(one("[data-before-text]"), "beforeText", entry.position), sentence(entry), one("[data-heading]").textContent];
  one("[data-station-said]", station).textContent = `${told[0]} ${told[1]}. ${told[2]}`;
}

let writing = Promise.resolve();

/** Writes an entry behind the one before it; then it may be sent. */
function keep(entry) {
  count(1);
  setAside(entry);
  writing = writing
    .then(() => queue.put(entry))
    .then((held) => (forgetAside(entry), held))
    .then((held) => (held ? trouble({ ...entry, held, replaces: `${held.nonce} ${entry.replaces}`.trim() }, "held") : void send()))
    .catch((error) => stuck(String(error)));
}

// The disk may take its time, and a reload does not wait for it: until then the form lies in the storage of this window.
const ASIDE = "keying-aside:";

function setAside(entry) {
  try {
    sessionStorage.setItem(ASIDE + entry.nonce, JSON.stringify(entry));
  } catch {} // full or refused: the disk has it in a moment
}

function forgetAside(entry) {
  sessionStorage.removeItem(ASIDE + entry.nonce);
}

/** Puts what an earlier load of this window had not written yet into the queue, in the order in which it was keyed. */
async function takeUpAside() {
  const names = Object.keys(sessionStorage).filter((name) => name.startsWith(ASIDE));
  const left = names.map((name) => JSON.parse(sessionStorage.getItem(name))).sort((one, other) => one.order - other.order);
  for (const entry of left) {
    const held = await queue.put(entry);
    forgetAside(entry);
    if (held) trouble({ ...entry, held, replaces: `${held.nonce} ${entry.replaces}`.trim() }, "held");
  }
}

let pressed = null;

/** Does what was pressed before the station was ready: Enter is never lost. */
function pressAgain() {
  if (pressed) form.requestSubmit(pressed.submitter);
  pressed = null;
}

form.addEventListener("submit", (event) => {
  if (state === "plain") return;
  event.preventDefault();
  if (state === "starting") {
    pressed ??= event;
    return;
  }
  const ruling = event.submitter?.name === "ruling" ? event.submitter.value : "";
  if (ruling === "back" || ruling === "skip") show(position + (ruling === "back" ? -1 : 1));
  else save(ruling);
});

// --- Sending --------------------------------------------------------------------------------------------------------

let token = form.elements.csrf_token?.value ?? "";
let wait = FIRST_WAIT;
let timer = 0;
let sending = null;
let again = false;
let cut = false;

/** Sends what waits, a lot at a time; one call at a time, and once more where something came meanwhile. */
function send() {
  again = true;
  sending ??= (async () => {
    while (again) {
      again = false;
      await sendAll();
    }
  })().catch((error) => stuck(String(error))).finally(() => (sending = null));
  return sending;
}

async function sendAll() {
  clearTimeout(timer);
  for (let lot = await nextLot(); lot.length; lot = await nextLot()) {
    if (!(await sendLot(lot))) break;
  }
  await count();
}

/** The oldest forms of one pass that this clerk keyed and nobody has to look at. */
async function nextLot() {
  const mine = (await queue.waiting()).filter((entry) => entry.keyer === keyer && !entry.trouble);
  return mine.filter((entry) => entry.pass === mine[0].pass).slice(0, AT_ONCE);
}

/** Whether the server answered: the lot is settled then, form by form. */
async function sendLot(lot) {
  const body = new URLSearchParams({ csrf_token: token, pass: lot[0].pass, forms: JSON.stringify(lot.map(asForm)) });
  const answer = await ask(`${lot[0].home}/keyings`, { method: "POST", body });
  if (!answer) return false;
  if (answer.status === 403 && (await renewToken(lot[0].home))) return sendLot(lot);
  if (!answer.ok) return stuck(await reason(answer));
  const { answers } = await answer.json();
  for (const [index, entry] of lot.entries()) await settle(entry, answers[index]);
  return true;
}

const asForm = ({ position, nonce, replaces, seconds, fields: values }) => ({ ...values, position, nonce, replaces, seconds });

/** An answer of the server; null where there was none, or where it wants a password first. */
async function ask(address, options = {}) {
  let answer;
  try {
    answer = await fetch(address, { redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(20000), ...options });
  } catch {
    return unreachable();
  }
  if (answer.status >= 500 || answer.status === 429) return unreachable();
  reached();
  if (answer.type !== "opaqueredirect") return answer;
  when("signed-out", true);
  later(LONGEST_WAIT);
  return null;
}

function unreachable() {
  if (!cut) announce("offline");
  cut = true;
  when("offline", true);
  later(wait);
  wait = Math.min(wait * 2, LONGEST_WAIT);
  return null;
}

function later(milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(send, milliseconds);
}

function reached() {
  for (const name of ["offline", "signed-out", "stuck"]) when(name, false);
  wait = FIRST_WAIT;
}

/** Says aloud that the network went, and later that everything is saved: once each, not form by form. */
function announce(what) {
  const said = one("[data-station-said]", station);
  said.textContent = said.dataset[what];
}

function useToken(value) {
  token = value;
  for (const field of document.querySelectorAll("[name=csrf_token]")) field.value = value;
}

let renewed = false;

/** After signing in again the old token is refused: the new one is asked for, once for each refusal. */
async function renewToken(address) {
  if (renewed) return false;
  const answer = await ask(`${address}/key/state`);
  if (!answer?.ok) return false;
  useToken((await answer.json()).token);
  renewed = true;
  return true;
}

/** What the server's own error page says. */
async function reason(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector("main .lead")?.textContent ?? `${answer.status}`;
}

async function settle(entry, { outcome, message, held }) {
  renewed = false;
  if (outcome === "saved" || outcome === "same") {
    await queue.remove(entry);
    if (entry.pass !== pass) return;
    known.add(entry.position);
    await queue.setKnown(pass, known);
    const here = forms.get(entry.position);
    if (here?.nonce === entry.nonce) here.saved = true;
    return;
  }
  const marked = { ...entry, trouble: outcome, message, held: held ?? null };
  if (held) marked.replaces = `${held.nonce} ${entry.replaces}`.trim();
  await queue.put(marked);
  trouble(marked, outcome);
}

function stuck(words) {
  when("stuck", true);
  one("[data-stuck-text]", station).textContent = words;
  count();
  return false;
}

// --- A form that the server has something against -------------------------------------------------------------------

let troubled = null;

function trouble(entry, outcome) {
  if (entry.pass !== pass) return;
  troubled = entry;
  forms.set(entry.position, entry);
  const text = one("[data-trouble-text]", station);
  text.textContent = `${filled(text, outcome, entry.position)} ${entry.message ?? ""}`;
  one("[data-trouble-saved]", station).hidden = !entry.held;
  if (entry.held) one("[data-trouble-told]", station).textContent = sentence(entry.held);
  one("[data-trouble-drop]", station).hidden = !entry.held;
  when("trouble", true);
  sound.play("refused");
  count();
}

/** The next form of this pass that somebody has to look at, if there is one. */
async function nextTrouble() {
  when("trouble", false);
  troubled = null;
  const next = (await queue.waiting()).find((entry) => entry.pass === pass && entry.trouble);
  if (next) trouble(next, next.trouble);
}

one("[data-trouble-look]", station).addEventListener("click", () => {
  show(troubled.position);
  when("trouble", false);
});
one("[data-trouble-drop]", station).addEventListener("click", async () => {
  const { held, position: place, trouble: saved } = troubled;
  if (saved) {
    await queue.remove(troubled);
    known.add(place);
  }
  forms.set(place, { ...held, saved: Boolean(saved) });
  await nextTrouble();
  await count();
  show(position);
});

// --- What waits, and finishing --------------------------------------------------------------------------------------

let finishing = null;

/** Shows how many forms wait; `more` are on their way to the disk. */
async function count(more = 0) {
  const all = await queue.waiting();
  const mine = all.filter((entry) => entry.keyer === keyer).length + more;
  when("waiting", mine > 0);
  when("saved", mine === 0);
  when("others", all.some((entry) => entry.keyer !== keyer));
  if (mine) one("[data-count]", station).textContent = worded(one("[data-count]", station), mine);
  if (cut && !mine) announce("online");
  cut &&= mine > 0;
  if (!finishing || more || all.some((entry) => entry.pass === pass)) return;
  const ready = finishing;
  finishing = null; // sent once
  ready.submit();
}

document.querySelectorAll("[data-finish]").forEach((finish) =>
  finish.addEventListener("submit", async (event) => {
    event.preventDefault();
    const left = fields.some((field) => field.value.trim() && !forms.get(position));
    when("typed", left);
    if (left) return fields[0].focus();
    await writing;
    finishing = finish;
    when("finishing", true);
    await send();
    await count();
  }),
);

// --- Starting -------------------------------------------------------------------------------------------------------

/** Puts the empty screen and its files aside, so that a reload works while nothing answers. */
async function putAside() {
  if (!("serviceWorker" in navigator) || !("caches" in window)) return;
  await navigator.serviceWorker.register(section.dataset.worker);
  const cache = await caches.open(FILES);
  const shell = await fetch(`${home}/key/shell`, { redirect: "error" });
  if (!shell.ok) return;
  for (const old of await cache.keys()) if (old.url.endsWith("/shell")) await cache.delete(old);
  await cache.put(`${home}/key/shell`, shell);
  const loaded = performance.getEntriesByType("resource").map((each) => new URL(each.name));
  const ours = loaded.filter((url) => url.origin === location.origin && /\/static\/|theme\.css$/.test(url.pathname));
  await cache.addAll([...new Set(ours.map((url) => url.href))]);
  await navigator.serviceWorker.ready;
  when("ready", true);
}

/** What the server has of this pass; without a network, which places it had when it was last asked. */
async function learn() {
  await takeUpAside();
  known = await queue.known(pass);
  for (const entry of await queue.waiting()) {
    order = Math.max(order, entry.order);
    if (entry.pass === pass) forms.set(entry.position, entry);
  }
}

async function learnFromServer() {
  const answer = await ask(`${home}/key/state`);
  if (!answer?.ok) return;
  const saved = await answer.json();
  useToken(saved.token);
  known = new Set(saved.forms.map((each) => each.position));
  await queue.setKnown(pass, known);
  await queue.forgetKnown([pass, ...(await queue.waiting()).map((entry) => entry.pass)]);
  for (const each of saved.forms) if (!forms.has(each.position)) forms.set(each.position, { ...each, replaces: "", saved: true });
  showBefore();
  showCount();
}

/** The place that the server shows, or the first behind everything that waits or is known to be saved. */
function firstPlace() {
  const asked = new URLSearchParams(location.search).has("position") && !forms.size;
  history.replaceState(null, "", location.pathname);
  return asked ? position : Math.max(position, ...[...known, ...forms.keys()].map((place) => place + 1));
}

async function start() {
  await learn();
  await count();
  station.hidden = false;
  const toggle = one("[data-sound-switch]", station);
  toggle.checked = sound.isOn();
  toggle.addEventListener("change", () => sound.turn(toggle.checked));
  for (const name of ["refused", "doubt"]) form.addEventListener(`keying:${name}`, () => sound.play(name));
  addEventListener("online", send);
  document.addEventListener("visibilitychange", () => document.hidden || send());
  if (!fields.some((field) => field.value.trim())) show(firstPlace(), { quiet: true });
  state = "ready";
  pressAgain();
  await learnFromServer();
  if (!fields.some((field) => field.value.trim())) show(position);
  await nextTrouble();
  await send();
  await putAside().catch(() => {}); // private windows refuse it: the station works, but not through a reload
}

start().catch(() => {
  state = "plain"; // no database in this browser: the form is sent as without scripts
  station.hidden = true;
  pressAgain();
});
