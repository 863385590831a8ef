// What belongs to one telephone on a page that is pushed to all: which questions it supports, what became of its own.
// Without this script a support is a plain post, and the page is reloaded by hand.

const page = document.querySelector("main");
const said = document.querySelector("[data-support-said]");
const supported = new Set((page.dataset.supported ?? "").split(" ").filter(Boolean));
const JITTER = 1500; // milliseconds: a whole room does not ask in one instant

function mark() {
  for (const form of document.querySelectorAll("[data-support]")) {
    const own = supported.has(form.closest("[data-question]").dataset.question);
    const button = form.querySelector("button");
    form.elements.wanted.value = own ? "0" : "1";
    button.firstChild.textContent = own ? button.dataset.no : button.dataset.yes;
  }
}

async function support(form) {
  const question = form.closest("[data-question]").dataset.question;
  const body = new URLSearchParams(new FormData(form));
  try {
    const response = await fetch(form.action, { method: "POST", headers: { Accept: "application/json" }, body });
    if (!response.ok) return form.submit(); // the page says why
    const answer = await response.json();
    supported[answer.supported ? "add" : "delete"](question);
    said.textContent = answer.supported ? said.dataset.yes : said.dataset.no;
  } catch {
    said.textContent = said.dataset.failed;
  }
  mark();
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest?.("[data-support]");
  if (!form) return;
  event.preventDefault();
  support(form);
});

// One's own questions or places: fetched anew when one of them stands otherwise than this page shows.

let asking = false;

function moved(own) {
  const list = document.querySelector(own.dataset.own);
  const mine = new Set(own.dataset.numbers.split(" "));
  const states = (list?.dataset.states ?? "").split(" ").filter((token) => mine.has(token.split(":")[0]));
  return own.dataset.numbers && states.join(" ") !== own.dataset.known;
}

async function renew() {
  const own = document.querySelector("[data-own]");
  if (asking || !own || !moved(own)) return;
  asking = true;
  await new Promise((done) => setTimeout(done, Math.random() * JITTER));
  try {
    const response = await fetch(own.dataset.from);
    if (response.ok) htmx.swap({ target: own, text: await response.text(), swap: "outerMorph" });
  } catch {
    // no network: the next news ask again
  }
  asking = false;
}

document.addEventListener("htmx:after:swap", () => {
  mark();
  renew();
});
mark();
