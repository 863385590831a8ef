// Keeps the basket up to date while choices change, and moves ranked projects without a round trip.
// It never blocks: the server reads the same form and has the last word.

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

function formats(locale) {
  const number = new Intl.NumberFormat(locale);
  const whole = new Intl.NumberFormat(locale, { style: "currency", currency: "CAD", currencyDisplay: "narrowSymbol", maximumFractionDigits: 0 });
  const exact = new Intl.NumberFormat(locale, { style: "currency", currency: "CAD", currencyDisplay: "narrowSymbol" });
  return {
    number: (value) => number.format(value).replaceAll("\u202f", "\u00a0"),
    money: (cents) => (cents % 100 ? exact : whole).format(cents / 100).replaceAll("\u202f", "\u00a0"),
  };
}

/** What is chosen in a question: option id → 1, points or rank. */
function choices(question) {
  const chosen = new Map();
  for (const row of question.querySelectorAll("[data-option]")) {
    const control = row.querySelector("input, select");
    const value = ["checkbox", "radio"].includes(control.type) ? Number(control.checked) : Number(control.value);
    if (value > 0) chosen.set(row.dataset.option, { value, cost: Number(control.dataset.cost ?? 0) });
  }
  return chosen;
}

function amounts(question, chosen) {
  const { kind, envelope, maxPoints, maxChoices } = question.dataset;
  const sum = (name) => [...chosen.values()].reduce((total, choice) => total + choice[name], 0);
  if (kind === "knapsack") return { used: sum("cost"), limit: Number(envelope), money: true };
  if (kind === "cumulative") return { used: sum("value"), limit: Number(maxPoints), money: false };
  return { used: chosen.size, limit: Number(maxChoices), money: false };
}

function words(basket, kind, { used, limit, money }) {
  const text = basket.dataset;
  const show = formats(text.locale)[money ? "money" : "number"];
  const over = used > limit;
  const rest = show(Math.abs(limit - used));
  if (money) {
    return [fill(text.money, { used: show(used), envelope: show(limit) }), fill(over ? text.moneyOver : text.moneyLeft, { left: rest })];
  }
  const counted = kind === "cumulative" ? text.points : text.choices;
  return [fill(counted, { n: show(used), max: show(limit) }), fill(over ? text.over : text.left, { n: rest })];
}

function draw(basket, question, announce) {
  const chosen = choices(question);
  const amount = amounts(question, chosen);
  const [used, left] = words(basket, question.dataset.kind, amount);
  const tally = basket.querySelector("[data-tally]");
  tally.classList.toggle("tally-over", amount.used > amount.limit);
  tally.querySelector("[data-tally-used]").textContent = used;
  tally.querySelector("[data-tally-left]").textContent = left;
  const share = amount.limit ? Math.min(100, (100 * amount.used) / amount.limit) : 0;
  tally.querySelector("[data-bar]")?.setAttribute("width", `${share.toFixed(2)}%`);
  tally.querySelectorAll(".box").forEach((box, index) => box.classList.toggle("box-full", index < amount.used));
  const lines = basket.querySelector("[data-basket-lines]");
  if (lines) {
    lines.replaceChildren(...listed(question, chosen));
    lines.hidden = chosen.size === 0;
  }
  if (announce) say(basket, `${used}, ${left}.`);
}

/** One line per chosen project, in the order of the ballot or of the ranking. */
function listed(question, chosen) {
  const ids = [...chosen.keys()];
  if (question.dataset.kind === "ranking") ids.sort((a, b) => chosen.get(a).value - chosen.get(b).value);
  return ids.map((id) => {
    const row = [...question.querySelectorAll("[data-option]")].find((each) => each.dataset.option === id);
    const line = document.createElement("li");
    const badge = row.querySelector(".num").cloneNode(true);
    badge.classList.add("num-small");
    const title = document.createElement("span");
    title.append(...row.querySelector(".choice-title").cloneNode(true).childNodes); // with the language of the title
    line.append(badge, title);
    return line;
  });
}

let pending;
/** Speaks after a short quiet, so that arrow keys in a list do not chatter. */
function say(basket, text) {
  clearTimeout(pending);
  pending = setTimeout(() => (basket.querySelector("[data-basket-status]").textContent = text), 400);
}

function update(question, announce = true) {
  for (const basket of document.querySelectorAll("[data-basket]")) {
    if (basket.dataset.basket === question.dataset.question) draw(basket, question, announce);
  }
}

const rankOf = (row) => Number(row.querySelector("[data-rank]").value) || Infinity;

/** Ranked projects first, in their order; the others stay in the order of the ballot. */
function arrange(list) {
  list.ballotOrder ??= [...list.children].sort((a, b) => numberOf(a).localeCompare(numberOf(b), undefined, { numeric: true }));
  const rows = [...list.ballotOrder].sort((a, b) => (rankOf(a) === rankOf(b) ? 0 : rankOf(a) - rankOf(b)));
  const focused = document.activeElement;
  list.append(...rows);
  focused?.focus();
  for (const row of rows) {
    const moves = row.querySelector(".moves");
    if (moves) moves.hidden = rankOf(row) === Infinity;
  }
}

const numberOf = (row) => row.querySelector(".num").lastChild.textContent.trim();

/** A rank that is given twice pushes the earlier holder, and those behind it, down by one. */
function makeRoom(list, row) {
  const taken = new Map();
  for (const other of list.children) if (other !== row && rankOf(other) < Infinity) taken.set(rankOf(other), other);
  let rank = rankOf(row);
  for (let pushed = taken.get(rank); pushed; pushed = taken.get(rank)) {
    rank += 1;
    const next = taken.get(rank);
    const select = pushed.querySelector("[data-rank]");
    select.value = String(rank);
    if (select.value !== String(rank)) select.value = "";
    if (!next) break;
    taken.set(rank, next);
  }
}

function move(button) {
  const list = button.closest("[data-ranking]");
  const row = button.closest("[data-option]");
  const step = button.value.endsWith(".up") ? -1 : 1;
  const ranked = [...list.children].filter((other) => rankOf(other) < Infinity).sort((a, b) => rankOf(a) - rankOf(b));
  const other = ranked[ranked.indexOf(row) + step];
  if (!other) return;
  const [mine, theirs] = [row.querySelector("[data-rank]"), other.querySelector("[data-rank]")];
  [mine.value, theirs.value] = [theirs.value, mine.value];
  arrange(list);
  button.focus();
  update(button.closest("[data-question]"));
}

document.addEventListener("input", (event) => {
  const question = event.target.closest?.("[data-question]");
  if (question && event.target.type === "number") update(question);
});

document.addEventListener("change", (event) => {
  const question = event.target.closest?.("[data-question]");
  if (!question) return;
  const list = event.target.closest("[data-ranking]");
  if (list) {
    makeRoom(list, event.target.closest("[data-option]"));
    arrange(list);
  }
  update(question);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-ranking] button[name='move']");
  if (!button) return;
  event.preventDefault();
  move(button);
});

for (const question of document.querySelectorAll("[data-question]")) update(question, false);
