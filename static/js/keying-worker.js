// Opens the keying screen while the network or the server is down: with the empty screen and the files that the
// station put aside. Nothing else is ever answered from here, and nothing that anybody keyed lies in the cache.

const CACHE = "keying";
const PATIENCE = 6000;
const KEYING = /\/batches\/\d+\/key$/;

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (event.request.mode === "navigate") {
    if (KEYING.test(url.pathname)) event.respondWith(screen(event.request, url));
  } else if (["style", "script", "font", "image"].includes(event.request.destination)) {
    event.respondWith(file(event.request));
  }
});

const asideOf = (address) => caches.open(CACHE).then((cache) => cache.match(address));

async function screen(request, url) {
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  const asked = fetch(request).catch(() => undefined);
  const answer = await Promise.race([asked, late]);
  if (answer && answer.status < 500) return answer;
  return (await asideOf(`${url.pathname}/shell`)) ?? (await asked) ?? Response.error();
}

/** Addresses with a digest never change; of the others the newest is asked for. */
async function file(request) {
  const aside = await asideOf(request);
  if (aside && new URL(request.url).searchParams.has("v")) return aside;
  return fetch(request).catch(() => aside ?? Response.error());
}
