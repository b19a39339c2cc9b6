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

/** Work that must be done before somebody leaves; each gives back whether something is on its page alone. */
export const before = [];

const KEEP = [["stay", "Stay signed in", "main"], ["keep", "Sign out, keep them here"], ["delete", "Sign out and delete them", "danger"]];
const LOSE = [["stay", "Stay signed in", "main"], ["delete", "Sign out and lose it", "danger"]];

/** Whether somebody may go, once what waits here was sent, or decided about. */
async function leaves() {
  const lost = (await Promise.all(before.map((work) => work().catch(() => true)))).some(Boolean);
  const unsent = (await outbox.items()).length;
  const { drafts, pictures } = await leave(user).catch(() => ({ drafts: 0, pictures: 0 })); // it keeps nothing
  const what = [
    unsent && `${unsent} ${unsent === 1 ? "update is" : "updates are"} not sent yet`,
    drafts && `${drafts} ${drafts === 1 ? "draft is" : "drafts are"} on this device alone`,
    pictures && `${pictures} ${pictures === 1 ? "picture of a draft has" : "pictures of drafts have"} not reached the server`,
  ].filter(Boolean);
  let answer = "delete";
  if (lost) answer = await choose("Sign out?", `${["What you typed is on this page alone: neither this device nor the server has it", ...what].join(", and ")}.`, LOSE);
  else if (what.length) answer = await choose("Sign out?", `${what.join(", and ")}. What is kept waits here until you sign in again; others who use this device do not see it at the desk.`, KEEP);
  if (answer === "delete") {
    for (const name of ["outbox", "drafts", "files"]) {
      try {
        for (const { id } of await ofUser(name, user)) await remove(name, id);
      } catch {
        // It keeps nothing.
      }
    }
  }
  return answer === "keep" || answer === "delete";
}

leaving.addEventListener("submit", async (event) => {
  event.preventDefault();
  event.stopPropagation();
  const out = leaving.querySelector("button");
  if (out.disabled) return;
  out.disabled = true; // a picture may take its time
  if (await leaves()) leaving.submit();
  else out.disabled = false;
});
