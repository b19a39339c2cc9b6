// The files of pictures on this device. A file stays as long as a draft or a post names it. If the device cannot store a file,
// the page keeps it in memory.
import { change, fresh, get, put, transact } from "./storage.js";

const loose = new Map(); // `{blob, medium?}` by id

/** Stores a file; returns its id. */
export async function keep(user, blob) {
  const id = fresh();
  try {
    await put("files", { id, user, blob, at: Date.now() });
  } catch {
    loose.set(id, { blob });
  }
  return id;
}

/** `{blob, medium?}`, or undefined if the file is not on this device. */
export const file = async (id) => loose.get(id) ?? (await get("files", id));

/** Whether only this page has the file. */
export const passing = (id) => loose.has(id);

export async function uploaded(id, medium) {
  if (loose.has(id)) loose.get(id).medium = medium;
  else await change("files", id, { medium });
}

/** Deletes the files of pictures, unless a post or another draft than `draft` still names them. */
export async function forget(user, pictures, draft = "") {
  const gone = new Set(pictures.map((one) => one.file).filter(Boolean));
  if (!gone.size) return;
  for (const id of gone) loose.delete(id);
  await transact(["drafts", "outbox", "files"], "readwrite", (drafts, outbox, files) => {
    drafts.index("user").getAll(user).onsuccess = ({ target: { result: left } }) => {
      outbox.index("user").getAll(user).onsuccess = ({ target: { result: waiting } }) => {
        const named = [
          ...left.filter(({ id }) => id !== draft).map(({ fields }) => fields.pictures ?? []),
          ...waiting.map((item) => item.pictures),
        ].flat();
        for (const one of named) gone.delete(one.file);
        for (const id of gone) files.delete(id);
      };
    };
  });
}
