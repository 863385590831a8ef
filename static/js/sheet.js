// Keying a sheet with the eyes on the paper: a digit ticks the answer of that number, Enter goes to the next question,
// Ctrl and Enter keeps the sheet. Without scripts Tab, arrows and space do the same.

const form = document.querySelector("form[data-sheet]");
const questions = form ? [...form.querySelectorAll("[data-question]")] : [];

function enter(question) {
  const boxes = [...question.querySelectorAll("textarea, input")];
  (boxes.find((box) => box.checked) ?? boxes[0])?.focus();
  question.scrollIntoView({ block: "nearest" });
}

function onward(question) {
  const next = questions[questions.indexOf(question) + 1];
  if (next) enter(next);
  else form.querySelector("button[type=submit]").focus();
}

function tick(question, digit) {
  const boxes = [...question.querySelectorAll("input")];
  const none = question.querySelector("input[value='']");
  const box = digit === 0 ? none : boxes.filter((each) => each !== none)[digit - 1];
  if (!box) return false;
  box.checked = box.type === "radio" || !box.checked;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
  return true;
}

form?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
    return;
  }
  const question = event.target.closest?.("[data-question]");
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.target.matches("textarea")) return;
  if (event.key === "Enter" && event.target.matches("input, select")) {
    event.preventDefault();
    if (question) onward(question);
    else if (questions.length) enter(questions[0]);
  } else if (question && /^\d$/.test(event.key) && tick(question, Number(event.key))) {
    event.preventDefault();
  }
});
