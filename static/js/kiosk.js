// A shared device clears itself when nobody touches it. The warning comes `warning` seconds before the end and any key,
// click or touch gives the whole time again, as often as wanted (WCAG 2.2.1).

const body = document.body;
const idle = Number(body.dataset.idle ?? 60) * 1000;
const warning = Number(body.dataset.warning ?? 20) * 1000;
const bar = document.querySelector("[data-kiosk-bar]");
const text = bar?.querySelector("[data-kiosk-text]");
const reset = document.querySelector("[data-kiosk-reset]");

// The first page needs no clearing until somebody has typed in it.
let touched = location.pathname !== new URL(body.dataset.kiosk, location.href).pathname;
let last = Date.now();

/** Movement gives time back only while no warning is shown: a bar that leaves under the finger would let it hit what lies behind. */
function moved() {
  if (!bar || bar.hidden) last = Date.now();
}

function stay() {
  last = Date.now();
  if (!bar || bar.hidden) return;
  bar.hidden = true;
  text.textContent = "";
}

function clear() {
  if (reset) reset.submit();
  else location.replace(body.dataset.kiosk);
}

function tick() {
  if (!touched) return;
  const left = idle - (Date.now() - last);
  if (left <= 0) {
    clearInterval(timer);
    clear();
  } else if (left <= warning && bar) {
    const seconds = Math.ceil(left / 1000);
    if (bar.hidden || seconds % 5 === 0) {
      text.textContent = text.dataset.kioskText.replace("{n}", seconds);
      bar.hidden = false;
    }
  }
}

const timer = setInterval(tick, 500);
document.addEventListener("input", () => (touched = true));
for (const name of ["pointermove", "pointerdown", "wheel"]) document.addEventListener(name, moved, { passive: true });
for (const name of ["click", "keydown"]) document.addEventListener(name, stay);
// Going back must never show what the person before has typed.
addEventListener("pageshow", (event) => event.persisted && location.reload());
