// What the composer keeps on this device: drafts, pictures, and posts that wait to be sent. IndexedDB keeps them when a
// tab or the browser is killed. Every record names its user; another user's are never read.

const OPENING = 3_000; // milliseconds; there are browsers in which a database never opens, and never says so
const LONGEST = 10_000; // for one transaction
const REST = 30_000; // before one that did not answer is asked again
const stuck = () => new Error("its storage does not answer");

let opening = null; // the database, or why there is none

function opened() {
  opening ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open("liveblog-desk", 1);
    setTimeout(() => reject(stuck()), OPENING); // nothing, where it is open
    asked.onupgradeneeded = () => {
      for (const [name, options] of [
        ["drafts", { keyPath: "id" }],
        ["files", { keyPath: "id" }],
        ["outbox", { keyPath: "id", autoIncrement: true }],
      ]) {
        asked.result.createObjectStore(name, options).createIndex("user", "user");
      }
    };
    asked.onsuccess = () => {
      const database = asked.result;
      database.onclose = () => (opening = null);
      database.onversionchange = () => {
        database.close();
        opening = null;
      };
      opening = Promise.resolve(database); // however late
      resolve(database);
    };
    asked.onerror = () => {
      opening = null; // another time, perhaps
      reject(asked.error);
    };
  });
  return opening;
}

async function begun(names, mode) {
  const database = await opened();
  try {
    return database.transaction(names, mode);
  } catch (error) {
    if (error.name !== "InvalidStateError") throw error;
    opening = null; // the browser has closed it
    return (await opened()).transaction(names, mode);
  }
}

/** Does `work` with the stores in one transaction; resolves once it is complete, with what `work` returned. What does not answer
 * keeps nothing: it rejects, and what it was to do is not done. */
export async function transact(names, mode, work) {
  const transaction = await begun(names, mode);
  return new Promise((resolve, reject) => {
    const result = work(...[names].flat().map((name) => transaction.objectStore(name)));
    const late = setTimeout(() => {
      reject(stuck());
      opening = Promise.reject(stuck());
      opening.catch(() => {}); // whoever wants to keep something is told
      setTimeout(() => (opening = null), REST);
      transaction.abort();
    }, LONGEST);
    transaction.oncomplete = () => {
      clearTimeout(late);
      resolve(result instanceof IDBRequest ? result.result : result);
    };
    transaction.onabort = transaction.onerror = ({ target }) => {
      clearTimeout(late);
      reject(transaction.error ?? target.error ?? stuck());
    };
  });
}

export const get = (name, id) => transact(name, "readonly", (store) => store.get(id));
export const put = (name, record) => transact(name, "readwrite", (store) => store.put(record));
export const remove = (name, id) => transact(name, "readwrite", (store) => store.delete(id));
export const ofUser = (name, user) => transact(name, "readonly", (store) => store.index("user").getAll(user));

/** Changes a record in one transaction; what is gone stays gone. */
export const change = (name, id, values) =>
  transact(name, "readwrite", (store) => {
    store.get(id).onsuccess = ({ target: { result } }) => result && store.put({ ...result, ...values });
  });

/** Puts another record in the place of one that is still as it was read, or nothing; gives back the one that is there instead. */
export const swap = async (name, read, other = null) => {
  let now = null;
  await transact(name, "readwrite", (store) => {
    store.get(read.id).onsuccess = ({ target: { result } }) => {
      if (result?.at !== read.at) now = result ?? null;
      else if (other) store.put(other);
      else store.delete(read.id);
    };
  });
  return now;
};

export const fresh = (bytes = 16) =>
  Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
