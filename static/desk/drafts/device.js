// On every page of the desk: sends the posts that wait on this device. Before a user signs out, it makes sure that no text is
// lost and that no text stays for the next user of this device.
import { choose } from "../shared/dialogs.js";
import { setUser } from "../shared/request.js";
import { sendBeforeSignOut } from "./draft.js";
import { forget } from "./files.js";
import { Outbox } from "./outbox.js";
import { ofUser, swap } from "./storage.js";

const leaving = document.querySelector("form.who");
export const user = leaving.dataset.user;
setUser({ id: user, email: leaving.dataset.email, name: leaving.dataset.name, signsOn: "signsOn" in leaving.dataset });

export const outbox = new Outbox(user);
outbox.hurry();

/** Functions to run before the user signs out; each resolves to whether its page has text that is saved nowhere else. */
export const beforeSignOut = [];

const KEEP = [
  ["stay", "Stay signed in", "main"],
  ["keep", "Sign out, keep them here"],
  ["delete", "Sign out and delete them", "danger"],
];
const LOSE = [
  ["stay", "Stay signed in", "main"],
  ["delete", "Sign out and lose it", "danger"],
];

/** The user's records on this device. */
const mine = (name) => ofUser(name, user).catch(() => []); // the device stores nothing

/** Whether to sign out, after everything was sent or the user has decided. */
async function leaves() {
  const lost = (await Promise.all(beforeSignOut.map((work) => work().catch(() => true)))).some(Boolean);
  const { drafts, pictures } = await sendBeforeSignOut(user).catch(() => ({ drafts: 0, pictures: 0 }));
  const left = { outbox: await outbox.items(), drafts: await mine("drafts") };
  const unsent = left.outbox.length;
  const what = [
    unsent && `${unsent} ${unsent === 1 ? "update is" : "updates are"} not sent yet`,
    drafts && `${drafts} ${drafts === 1 ? "draft is" : "drafts are"} on this device alone`,
    pictures &&
      `${pictures} ${pictures === 1 ? "picture of a draft has" : "pictures of drafts have"} not reached the server`,
  ].filter(Boolean);
  let answer = "none";
  if (lost)
    answer = await choose(
      "Sign out?",
      `${["What you typed is on this page alone: neither this device nor the server has it", ...what].join(", and ")}.`,
      LOSE,
    );
  else if (what.length)
    answer = await choose(
      "Sign out?",
      `${what.join(", and ")}. Your text can stay on this device until you sign in again; other users of this device do not see it at the desk.`,
      KEEP,
    );
  if (answer === "delete") {
    // The records that were counted, and none that another tab has added since.
    for (const [name, all] of Object.entries(left)) for (const one of all) await swap(name, one).catch(() => {});
  }
  if (answer === "stay" || answer === null) return false;
  await mine("files")
    .then((files) =>
      forget(
        user,
        files.map(({ id }) => ({ file: id })),
      ),
    )
    .catch(() => {});
  return true;
}

leaving.addEventListener("submit", async (event) => {
  event.preventDefault();
  event.stopPropagation();
  const out = leaving.querySelector("button");
  if (out.disabled) return;
  out.disabled = true; // an upload may take long
  const rest = [...document.body.children].filter(({ inert }) => !inert);
  for (const one of rest) one.inert = true; // text typed from now on would be lost
  const stay = () => {
    out.disabled = false;
    for (const one of rest) one.inert = false;
  };
  addEventListener("pagehide", stay, { once: true }); // the browser may show this page again
  if (await leaves()) return leaving.submit();
  stay();
  return out.focus();
});
