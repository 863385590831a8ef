// Keyed forms that wait in this browser until the server has them: one entry per pass and place, deleted when answered.
// An entry holds a place in a batch, numbers and no name. It is not encrypted: a key would lie beside it.

const NAME = "keying";

const asked = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

function open() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("waiting", { keyPath: ["pass", "position"] });
    request.result.createObjectStore("known", { keyPath: "pass" });
  };
  return asked(request);
}

let opened = null;

/** Runs `act(store)` in one transaction and returns its answer once the disk has it. */
async function within(store, mode, act) {
  const database = await (opened ??= open());
  const transaction = database.transaction(store, mode, { durability: "strict" });
  const done = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
  });
  const answer = await act(transaction.objectStore(store));
  await done;
  return answer;
}

/** Keeps an entry. Where another window of this browser keyed the same place and that waits: nothing, and what waits is returned. */
export function put(entry) {
  return within("waiting", "readwrite", async (store) => {
    const there = await asked(store.get([entry.pass, entry.position]));
    if (there && there.nonce !== entry.nonce && !entry.replaces.split(" ").includes(there.nonce)) return there;
    await asked(store.put(entry));
    return null;
  });
}

/** Everything that waits, in the order in which it was keyed. */
export async function waiting() {
  const all = await within("waiting", "readonly", (store) => asked(store.getAll()));
  return all.sort((one, other) => one.order - other.order);
}

/** Forgets an entry, unless it was corrected since. */
export function remove(entry) {
  return within("waiting", "readwrite", async (store) => {
    const there = await asked(store.get([entry.pass, entry.position]));
    if (there?.nonce === entry.nonce) await asked(store.delete([entry.pass, entry.position]));
  });
}

/** Which places of a pass the server has: numbers of places, nothing of what is on the forms. */
export async function known(pass) {
  const row = await within("known", "readonly", (store) => asked(store.get(pass)));
  return new Set(row?.positions ?? []);
}

export function setKnown(pass, positions) {
  return within("known", "readwrite", (store) => asked(store.put({ pass, positions: [...positions] })));
}

/** Forgets the places of every pass but these. */
export function forgetKnown(passes) {
  return within("known", "readwrite", async (store) => {
    for (const pass of await asked(store.getAllKeys())) if (!passes.includes(pass)) await asked(store.delete(pass));
  });
}
