// A questionnaire without scripts says for whom a question is; here it appears with the answer that calls for it.
// kept.js runs before it and may have given back what was typed.

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

if (form) {
  follow();
  form.querySelectorAll("textarea").forEach(count);
  form.addEventListener("input", (event) => {
    if (event.target.matches("textarea")) count(event.target);
    else follow();
  });
}
