// The clock of a hearing. Everything it needs is in the page: it goes on where the network is away. It counts by the
// machine's own clock, so that a sleeping tab loses nothing, and it never stops anybody: after the end it counts up.

const box = document.querySelector("[data-timer]");
const { beep, digits, nearness } = await import(box.dataset.clock);
const part = (name) => box.querySelector(`[data-timer-${name}]`);
const items = [...document.querySelectorAll("[data-timer-list] li")];
const minutes = { speaks: Number(box.dataset.speak), asks: Number(box.dataset.exchange) };
const parts = minutes.asks > 0 ? ["speaks", "asks"] : ["speaks"];
const steps = items.flatMap((item, place) => parts.map((kind) => ({ item, place, kind })));
const SOON = 120;

let at = 0;
let total = 0;
let used = 0; // milliseconds before the last start
let since = null; // when it was last started; null while it stands
let said = "";

function left() {
  const spent = used + (since === null ? 0 : Date.now() - since);
  return total - Math.floor(spent / 1000);
}

function open(step) {
  at = Math.max(0, Math.min(steps.length - 1, step));
  total = minutes[steps[at].kind] * 60;
  used = 0;
  since = null;
  said = "";
  show();
}

// The screen of the room stays lit while the clock is open, where the browser allows it.
function stayLit() {
  navigator.wakeLock?.request("screen").catch(() => undefined);
}

function toggle() {
  stayLit();
  if (since === null) since = Date.now();
  else {
    used += Date.now() - since;
    since = null;
  }
  show();
}

function more() {
  total += 60;
  said = "";
  show();
}

function stage(seconds) {
  const near = nearness(seconds, total, SOON);
  if (near === "over") return near;
  if (since === null) return used ? "stands" : "ready";
  return near || "runs";
}

function show() {
  const seconds = left();
  const name = stage(seconds);
  const { item, kind } = steps[at];
  part("who").textContent = item.dataset.name || item.textContent;
  part("part").textContent = part("part").dataset[kind];
  part("digits").textContent = digits(seconds);
  part("state").textContent = part("state").dataset[name];
  box.dataset.stage = name;
  for (const each of items) {
    if (each === item) each.setAttribute("aria-current", "true");
    else each.removeAttribute("aria-current");
  }
  if ((name === "soon" || name === "over") && name !== said) {
    if (since !== null) beep(name === "soon" ? 1 : 2);
    part("said").textContent = part("state").textContent;
  }
  said = name;
}

const acts = { toggle, more, next: () => open(at + 1), back: () => open(at - 1) };
const keys = { " ": "toggle", ArrowRight: "next", ArrowLeft: "back", "+": "more" };

box.addEventListener("click", (event) => {
  const name = event.target.closest("[data-timer-do]")?.dataset.timerDo;
  if (name) acts[name]();
});
document.addEventListener("keydown", (event) => {
  // A focused button or box answers the space bar itself.
  if (event.ctrlKey || event.metaKey || event.altKey || (event.key === " " && event.target.closest("button, input, a"))) return;
  const name = keys[event.key];
  if (!name) return;
  event.preventDefault();
  acts[name]();
});
document.getElementById("sound").addEventListener("change", () => beep(1)); // how loud it is, before it matters
document.addEventListener("visibilitychange", () => {
  if (since !== null && document.visibilityState === "visible") stayLit();
  show();
});
setInterval(show, 250);
document.querySelector("[data-timer-without]").hidden = true;
box.hidden = false;
open(0);
