// What the composer keeps on this device: drafts, pictures, and posts that wait to be sent. IndexedDB keeps them when a
// tab or the browser is killed. Every record names its user; another user's are never read.

const opened = new Promise((resolve, reject) => {
  const asked = indexedDB.open("liveblog-desk", 1);
  asked.onupgradeneeded = () => {
    for (const [name, options] of [["drafts", { keyPath: "id" }], ["files", { keyPath: "id" }], ["outbox", { keyPath: "id", autoIncrement: true }]]) {
      asked.result.createObjectStore(name, options).createIndex("user", "user");
    }
  };
  asked.onsuccess = () => {
    asked.result.onversionchange = () => asked.result.close();
    resolve(asked.result);
  };
  asked.onerror = () => reject(asked.error);
});
opened.catch(() => {}); // whoever wants to keep something is told

/** Does `work` with the stores in one transaction; resolves once it is complete, with what `work` returned. */
export async function transact(names, mode, work) {
  const database = await opened;
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(names, mode);
    const result = work(...[names].flat().map((name) => transaction.objectStore(name)));
    transaction.oncomplete = () => resolve(result instanceof IDBRequest ? result.result : result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
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

export const fresh = (bytes = 16) => Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
