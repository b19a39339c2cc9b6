// The composer's storage on this device: drafts, files and posts, in IndexedDB, which survives the end of a tab or of the browser.
// Every record names its user; the records of other users are never read.

const OPENING = 3_000; // milliseconds; in some browsers a database never opens and never fails
const LONGEST = 10_000; // for one transaction
const REST = 30_000; // before a storage that did not answer is asked again
const stuck = () => new Error("its storage does not answer");

let opening = null; // the promise of the database

function opened() {
  opening ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open("liveblog-desk", 1);
    setTimeout(() => reject(stuck()), OPENING); // no effect once it is open
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
      opening = Promise.resolve(database); // late answers count, too
      resolve(database);
    };
    asked.onerror = () => {
      opening = null; // the next call tries again
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

/** Runs `work` with the stores in one transaction; resolves to its result once the transaction is complete. Rejects, and undoes the
 * work, if the storage does not answer. */
export async function transact(names, mode, work) {
  const transaction = await begun(names, mode);
  return new Promise((resolve, reject) => {
    const result = work(...[names].flat().map((name) => transaction.objectStore(name)));
    const late = setTimeout(() => {
      reject(stuck());
      opening = Promise.reject(stuck());
      opening.catch(() => {}); // the callers handle it
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

/** Changes a record in one transaction; a deleted record stays deleted. */
export const change = (name, id, values) =>
  transact(name, "readwrite", (store) => {
    store.get(id).onsuccess = ({ target: { result } }) => result && store.put({ ...result, ...values });
  });

/** Replaces a record by `other`, or deletes it, if nobody has changed it since it was `read`. Otherwise returns the changed one. */
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
