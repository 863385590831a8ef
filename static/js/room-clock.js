// The clock of the room on the wall and at the desk: counted from the server's instants, so that a screen that comes late
// is right. Nobody is cut off: after its end it counts up.

const page = document.querySelector("[data-clock-module]");
const { beep, digits, nearness } = await import(page.dataset.clockModule);
const said = document.querySelector("[data-clock-said]");
const SHARE = 5; // time is almost over when a fifth is left,
const MOST = 60; // or a minute

// The machine's own clock is not believed: it is asked only how much time has passed since the page came.
const [arrival] = performance.getEntriesByType("navigation");
const offset = Date.parse(page.dataset.now) - (performance.timeOrigin + (arrival?.responseStart ?? 0));
let last = "";

function left({ seconds, spent, started }) {
  const running = started ? Math.max(0, (Date.now() + offset - Date.parse(started)) / 1000) : 0;
  return Number(seconds) - Math.floor(Number(spent) + running);
}

function write(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

function tell(stage, words) {
  if (stage === last) return;
  last = stage;
  if (stage !== "soon" && stage !== "over") return;
  beep(stage === "soon" ? 1 : 2);
  write(said, words);
}

function show() {
  const clock = document.querySelector("[data-clock]");
  if (!clock) {
    last = "";
    write(said, "");
    return;
  }
  const seconds = left(clock.dataset);
  const near = nearness(seconds, Number(clock.dataset.seconds), Math.min(MOST, Number(clock.dataset.seconds) / SHARE));
  const stage = near === "over" ? near : clock.dataset.started ? near || "runs" : "stands";
  const state = clock.querySelector("[data-clock-state]");
  clock.dataset.stage = stage;
  write(clock.querySelector("[data-clock-digits]"), digits(seconds));
  write(state, state.dataset[stage]);
  tell(stage, state.dataset[stage]);
}

document.addEventListener("htmx:after:swap", show);
document.addEventListener("visibilitychange", show);
setInterval(show, 250);
show();
