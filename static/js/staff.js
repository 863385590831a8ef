// Staff screens: a warning before typed work is lost, or keyed forms are left behind.

// --- Work that is not saved -----------------------------------------------------------------------------------------

const dirty = new Set();

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-guard]");
  if (form) dirty.add(form);
});
document.addEventListener("submit", (event) => dirty.delete(event.target));
document.addEventListener("htmx:after:swap", () => dirty.forEach((form) => form.isConnected || dirty.delete(form)));
addEventListener("beforeunload", (event) => {
  if (dirty.size) event.preventDefault();
});

// --- Forms that wait at this station --------------------------------------------------------------------------------

const signOut = document.querySelector("form[data-sign-out]");
const warning = document.querySelector("[data-sign-out-warning]");

/** The first press says how many forms wait, the second signs out all the same: they stay in this browser. */
async function leave(event) {
  if (!warning.hidden || !("indexedDB" in window)) return;
  event.preventDefault();
  const waiting = await import(signOut.dataset.signOut).then((queue) => queue.waiting()).catch(() => []);
  if (waiting.length === 0) {
    await globalThis.caches?.delete("keying");
    return signOut.submit();
  }
  warning.hidden = false;
  warning.querySelector("[data-number]").textContent = waiting.length.toLocaleString(document.documentElement.lang);
  signOut.querySelector("button").focus();
}
signOut?.addEventListener("submit", leave);
