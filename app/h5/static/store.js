/** This device's own small database: readings that may be shown without a network, and check-ins still to be sent. */

const NAME = "ouyu";
const VERSION = 1;
const SHELVES = ["reads", "queue"];

let opening = null;

function open() {
  opening = opening || new Promise((done, fail) => {
    const asked = indexedDB.open(NAME, VERSION);
    asked.onupgradeneeded = () => SHELVES.forEach((shelf) => asked.result.createObjectStore(shelf, { keyPath: "key" }));
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  }).catch((problem) => { opening = null; throw problem; });
  return opening;
}

async function run(shelf, mode, work) {
  const database = await open();
  return new Promise((done, fail) => {
    const deal = database.transaction(shelf, mode);
    const asked = work(deal.objectStore(shelf));
    deal.oncomplete = () => done(asked && asked.result);
    deal.onerror = deal.onabort = () => fail(deal.error);
  });
}

/** Keep a thing under its `key`; what stood there is replaced. Rejects when this browser keeps nothing. */
export const put = (shelf, thing) => run(shelf, "readwrite", (things) => things.put(thing));

/** The thing under a key, or undefined. */
export const find = (shelf, key) => run(shelf, "readonly", (things) => things.get(key));

/** Everything on a shelf. */
export const all = (shelf) => run(shelf, "readonly", (things) => things.getAll());

export const remove = (shelf, key) => run(shelf, "readwrite", (things) => things.delete(key));
export const clear = (shelf) => run(shelf, "readwrite", (things) => things.clear());
