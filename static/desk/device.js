// On every page of the desk: sends what waits on this device, and before somebody signs out makes sure that nothing is lost
// and that nothing stays for the next one at this device.
import { choose } from "./dialogs.js";
import { leave } from "./drafts.js";
import { Outbox } from "./outbox.js";
import { as } from "./session.js";
import { ofUser, remove } from "./storage.js";

const leaving = document.querySelector("form.who");
export const user = leaving.dataset.user;
as({ id: user, email: leaving.dataset.email, name: leaving.dataset.name });

export const outbox = new Outbox(user);
outbox.hurry();

/** Work that must be done before somebody leaves. */
export const before = [];

const KEEP = [["stay", "Stay signed in", "main"], ["keep", "Sign out, keep them here"], ["delete", "Sign out and delete them", "danger"]];

leaving.addEventListener("submit", async (event) => {
  event.preventDefault();
  event.stopPropagation();
  await Promise.all(before.map((work) => work()));
  const unsent = (await outbox.items()).length;
  const drafts = await leave(user);
  let answer = "delete";
  if (unsent || drafts) {
    const what = [unsent && `${unsent} ${unsent === 1 ? "update is" : "updates are"} not sent yet`, drafts && `${drafts} ${drafts === 1 ? "draft is" : "drafts are"} on this device alone`].filter(Boolean).join(", and ");
    answer = await choose("Sign out?", `${what}. What is kept waits here until you sign in again; others who use this device do not see it at the desk.`, KEEP);
  }
  if (answer === null || answer === "stay") return;
  if (answer === "delete") {
    for (const name of ["outbox", "drafts", "files"]) for (const { id } of await ofUser(name, user)) await remove(name, id);
  }
  leaving.submit();
});
