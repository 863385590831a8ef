// The wall is read from the last row and nobody scrolls it: what would not fit the first screen is set smaller, as little
// as is needed. Without this script it is as large as the sheet says.

const SMALLEST = 9; // the last step of the sheet: smaller than that nobody reads, and the wall is longer than the screen
const PROJECTOR = matchMedia("(min-width: 60.1rem)"); // whoever enlarges the page at home scrolls, and keeps it large
const root = document.documentElement;

function fit() {
  root.dataset.fit = 0;
  for (let step = 1; PROJECTOR.matches && step <= SMALLEST && root.scrollHeight > innerHeight; step++) root.dataset.fit = step;
}

document.addEventListener("htmx:after:swap", fit);
addEventListener("resize", fit);
fit();
