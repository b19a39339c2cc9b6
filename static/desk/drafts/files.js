// The files of pictures on this device: each stays for as long as a draft or a post names it. What the device cannot keep
// stays with the page.
import { change, fresh, get, put, transact } from "./storage.js";

const loose = new Map(); // `{blob, medium?}` by id

/** Keeps a file; gives back its id. */
export async function keep(user, blob) {
  const id = fresh();
  try {
    await put("files", { id, user, blob, at: Date.now() });
  } catch {
    loose.set(id, { blob });
  }
  return id;
}

/** `{blob, medium?}`, or nothing where it is not on this device. */
export const file = async (id) => loose.get(id) ?? (await get("files", id));

/** Whether it goes with the page. */
export const passing = (id) => loose.has(id);

export async function uploaded(id, medium) {
  if (loose.has(id)) loose.get(id).medium = medium;
  else await change("files", id, { medium });
}

/** Deletes the files of pictures that no draft, but for `draft`, and no post of their user names any more. */
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
