// The room on a telephone: an answer is kept here until the server has counted it, and sent again by itself.
// Without this script the forms are plain posts and the pages are reloaded by hand.

const main = document.querySelector("[data-fallback]");
const link = document.querySelector("[data-link]");
const KEPT = `room:${location.pathname}`;
const PATIENCE = 8000; // milliseconds for one attempt
const LONGEST = 8000; // between two attempts, and half as much again at most: several in the minute that a poll waits
const SILENT = 60000; // without a word on a socket on which the server says every twenty-five seconds that it is there
const ASK_EVERY = 4000; // while there is no socket
const SAY_EVERY = 10000; // what changes with every answer
const GRACE = 60000; // after its close a poll still takes what was sent before
const STILL_HERE = 40000; // a remote says so
const LOOK_EVERY = 6000; // a line may be dead and its socket not know: what a room reads asks besides

/** Poll → { body, action, title, state: "sent" | "waiting" } until it is decided, then { state: "counted" | "first" } alone. */
function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? {};
  } catch {
    return {}; // a browser that keeps nothing: the page still sends, and knows until it is closed
  }
}

let answers = kept();

function keep(poll, answer) {
  if (answer) answers[poll] = answer;
  else delete answers[poll];
  try {
    localStorage.setItem(KEPT, JSON.stringify(answers));
  } catch {
    // see above
  }
}

/** 22 random letters; crypto.randomUUID does not exist on plain http, which a laptop in a hall speaks. */
function nonce() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Around `delay`, so that a whole room does not come back in one instant. */
const jittered = (delay) => delay * (0.5 + Math.random());

// Sending

const refused = {}; // poll → why; every push brings the form anew, and the reason must outlive it
const late = new Map(); // poll → its title, where the question left the screen before its answer was counted

/** What becomes of answers whose question is not on the screen any more. */
function showLate(poll, isHere) {
  const answer = answers[poll];
  if (isHere) late.delete(poll);
  else if (answer?.title) late.set(poll, answer.title);
  const place = document.querySelector("[data-late]");
  if (!place) return;
  const lines = [...late].map(([each, title]) => title + place.dataset.colon + " " + (refused[each] ?? place.dataset[answers[each]?.state] ?? ""));
  const words = lines.join("\n");
  if (place.textContent !== words) place.textContent = words;
}

function show(poll) {
  const section = main?.querySelector(`[data-poll="${poll}"]`);
  const form = section?.querySelector("[data-poll-form]");
  const answer = answers[poll];
  showLate(poll, section);
  if (form && refused[poll]) form.querySelector("[data-vote-state]").textContent = refused[poll];
  if (!form || !answer) return;
  section.dataset.state = answer.state;
  for (const part of form.querySelectorAll("fieldset, textarea, button")) part.disabled = true;
  const said = form.querySelector("[data-vote-state]");
  const words = said.dataset[answer.state];
  if (said.textContent !== words) said.textContent = words;
}

function giveBack(poll, words) {
  refused[poll] = words;
  show(poll);
  keep(poll, null);
  const section = main?.querySelector(`[data-poll="${poll}"]`);
  const form = section?.querySelector("[data-poll-form]");
  if (!form) return;
  delete section.dataset.state;
  for (const part of form.querySelectorAll("fieldset, textarea, button")) part.disabled = false;
  show(poll);
}

async function attempt(answer) {
  const response = await fetch(answer.action, {
    method: "POST",
    headers: { Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded" },
    body: answer.body,
    signal: AbortSignal.timeout(PATIENCE),
  });
  return response.status >= 500 ? { state: "waiting" } : response.json();
}

const again = {}; // poll → the timer of its next attempt

const sendAll = () => Object.keys(answers).forEach((poll) => send(poll));

async function send(poll, tries = 0) {
  const answer = answers[poll];
  if (!answer?.body) return;
  let result = { state: "waiting" };
  try {
    result = await attempt(answer);
    if (link?.dataset.state === "away") ask();
  } catch {
    tell("away"); // no network, or no answer in time: it stays here and goes again
  }
  if (result.state === "refused") return giveBack(poll, result.words);
  // What is decided is forgotten here: whoever takes this telephone in hand reads no answer in it.
  const isDecided = ["counted", "first"].includes(result.state);
  keep(poll, isDecided ? { state: result.state } : { ...answer, state: "waiting" });
  show(poll);
  clearTimeout(again[poll]);
  if (!isDecided) again[poll] = setTimeout(send, jittered(Math.min(LONGEST, 1000 * 2 ** tries)), poll, tries + 1);
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest?.("[data-poll-form]");
  if (!form) return;
  event.preventDefault();
  const section = form.closest("[data-poll]");
  const { poll } = section.dataset;
  if (answers[poll]) return;
  delete refused[poll];
  const fields = new FormData(form);
  fields.set("nonce", nonce());
  keep(poll, { body: new URLSearchParams(fields).toString(), action: form.action, title: section.querySelector("h2").textContent, state: "sent" });
  show(poll);
  send(poll);
});

// The other tab of this browser is the same device: what is kept there is kept here.
addEventListener("storage", ({ key }) => {
  if (key !== KEPT) return;
  answers = kept();
  refresh();
});

// The remote: what is pushed goes to every remote, so each puts the token of its own session into the form.

// Two remotes may be in hand at once. A button that the other's act has changed between the finger's coming down and
// going up is not pressed, and nothing is sent twice.

let pressed = "";
let leaving = false;
const actionOf = (element) => element?.closest?.("form")?.getAttribute("action") ?? "";

for (const kind of ["pointerdown", "keydown"]) {
  document.addEventListener(kind, (event) => (pressed = actionOf(event.target)), true);
}
addEventListener("pageshow", () => (leaving = false));

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!main?.dataset.token) return;
  const isChanged = pressed && pressed !== form.getAttribute("action");
  const warning = document.querySelector("[data-changed]");
  if (warning) warning.hidden = !isChanged;
  if (isChanged || leaving) return event.preventDefault();
  leaving = true;
  if (form.elements.csrf_token) return;
  const token = Object.assign(document.createElement("input"), { type: "hidden", name: "csrf_token", value: main.dataset.token });
  form.append(token);
});

/** This remote is open: whoever else runs the meeting is told, and whoever takes over knows when it is not any more. */
async function here() {
  if (document.hidden) return;
  try {
    await fetch(main.dataset.here, { method: "POST", body: new URLSearchParams({ csrf_token: main.dataset.token }) });
  } catch {
    // no network: it is said again in a while
  }
}

if (main?.dataset.here) {
  here();
  setInterval(here, STILL_HERE);
}

function others() {
  for (const holder of main?.querySelectorAll("[data-holder]") ?? []) {
    holder.hidden = holder.dataset.holder === main.dataset.me;
  }
}

// The square of a card from the door holds its code behind the hash, which no server sees.

const card = main?.querySelector("[data-card-form] input");
if (card && location.hash.length > 1) card.value = decodeURIComponent(location.hash.slice(1));

// The countdown of a poll: by the server's clock, of which the page knows what it was when it came.

const [arrival] = performance.getEntriesByType("navigation");
const now = document.querySelector("[data-now]")?.dataset.now;
const behind = now ? Date.parse(now) - (performance.timeOrigin + (arrival?.responseStart ?? 0)) : 0;

function countDown() {
  for (const left of document.querySelectorAll("[data-until]")) {
    const seconds = Math.ceil((Date.parse(left.dataset.until) - Date.now() - behind) / 1000);
    const words = seconds > 0 ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` : "";
    if (left.textContent !== words) left.textContent = words;
  }
}

function pass() {
  countDown();
  if (link?.dataset.state === "live" && Date.now() - seen > SILENT) deaf();
  for (const word of document.querySelectorAll("[data-closed]")) {
    word.hidden = Date.now() + behind > Date.parse(word.dataset.closed) + GRACE;
  }
}

setInterval(pass, 500);

// What a screen reader is told: of a change at once, of further ones together after a while.

const voice = document.querySelector("[data-voice]");
let told = -SAY_EVERY;
let telling = 0;

function sayAloud() {
  clearTimeout(telling);
  const words = main?.firstElementChild?.dataset.aloud?.trim();
  if (!voice || !words || words === voice.textContent) return;
  const say = () => {
    told = performance.now();
    voice.textContent = words;
  };
  telling = setTimeout(say, Math.max(0, told + SAY_EVERY - performance.now()));
}

// What somebody unfolded stays so when the screen comes anew.

const unfolded = new Set();
document.addEventListener(
  "toggle",
  ({ target }) => target.isConnected && target.id && (target.open ? unfolded.add(target.id) : unfolded.delete(target.id)),
  true,
);

function unfold() {
  for (const id of [...unfolded]) document.getElementById(id)?.setAttribute("open", "");
}

// News

function refresh() {
  for (const poll of Object.keys({ ...answers, ...refused })) show(poll);
}

let etag = "";

async function ask() {
  if (document.hidden) return;
  try {
    const response = await fetch(main.dataset.fallback, { headers: etag ? { "If-None-Match": etag } : {}, signal: AbortSignal.timeout(PATIENCE) });
    seen = Date.now();
    tell(asking ? "slow" : "live");
    if (response.status !== 200) return;
    etag = response.headers.get("ETag") ?? "";
    htmx.swap({ target: main.firstElementChild, text: await response.text(), swap: "outerMorph" });
  } catch {
    tell("away");
  }
}

let asking = 0;

function tell(state) {
  if (!link) return;
  link.dataset.state = state;
  const time = "withTime" in link.dataset ? ` ${new Date(seen).toLocaleTimeString(document.documentElement.lang)}` : "";
  const words = link.dataset[state] ? link.dataset[state] + (state === "live" ? "" : time) : "";
  link.hidden = !words;
  if (link.textContent !== words) link.textContent = words;
}

let seen = Date.now();

function heard() {
  seen = Date.now();
  clearInterval(asking);
  asking = 0;
  tell("live");
}

/** There is no socket, or its line is dead and it does not know: what is new is asked for. */
function deaf() {
  tell("away");
  if (!asking && main) asking = setInterval(ask, jittered(ASK_EVERY));
}

document.addEventListener("htmx:ws:after:connection", () => {
  heard();
  sendAll();
});
document.addEventListener("htmx:ws:after:message:incoming", heard);
document.addEventListener("htmx:ws:close", deaf);
document.addEventListener("htmx:after:swap", () => {
  seen = Date.now();
  others();
  pass();
  unfold();
  sayAloud();
  refresh();
});
if (link && ("withTime" in link.dataset || main?.dataset.token)) setInterval(ask, jittered(LOOK_EVERY));
addEventListener("online", sendAll);

// What the server knew to be counted when the page came, from another page of this telephone too.
for (const { dataset } of main?.querySelectorAll("[data-poll][data-state=counted]") ?? []) keep(dataset.poll, { state: "counted" });

refresh();
pass();
sendAll();
