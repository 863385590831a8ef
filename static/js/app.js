// Small comforts for every page: copy a code, print, and put the focus on a list of errors. The page works without them.

function reveal(root) {
  for (const button of root.querySelectorAll("[data-copy][hidden], [data-print][hidden]")) button.hidden = false;
}

function focusErrors(root) {
  const summary = root.matches?.("[data-focus]") ? root : root.querySelector("[data-focus]");
  summary?.focus();
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
  } catch {
    getSelection().selectAllChildren(source); // no permission or no https: the person copies the selection
    return;
  }
  const label = button.querySelector("span") ?? button;
  const before = label.textContent;
  label.textContent = button.dataset.done;
  setTimeout(() => (label.textContent = before), 4000);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-copy], [data-print]");
  if (!button) return;
  if ("print" in button.dataset) print();
  else copy(button);
});

document.addEventListener("htmx:after:swap", () => {
  reveal(document);
  focusErrors(document);
});

reveal(document);
focusErrors(document);
