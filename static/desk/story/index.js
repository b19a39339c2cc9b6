// A page of the desk that is at no story: it hears what was done to any, and keeps the list of them level.

import { notify, notifyElsewhere } from "../shared/notices.js";
import { DeskSocket, OTHER_RIGHTS, SIGNED_OUT, showState } from "../shared/socket.js";
import { PATIENCE } from "./lists.js";

const REST = 1_000,
  POLL = 10_000,
  LEVEL = 60_000,
  DAY = 86_400_000;
const edits = document.querySelector("form.who").dataset.role !== "contributor";
const listed = () => document.querySelector("[data-stories]");
let known = false,
  out = null,
  under = false,
  again = false,
  last = 0;

function signedOut() {
  if (out) return;
  showState("out", "/desk");
  out = notify("You are signed out.", {
    kind: "bad",
    lasting: DAY,
    link: { label: "Sign in", href: "/desk/login?next=/desk", target: "_blank" },
  });
}

/** Looks up how the list stands: at once, and however often it is asked for, once a second. */
async function refresh() {
  again = under;
  if (under) return;
  under = true;
  last = Date.now();
  try {
    const answer = await fetch("/desk", { signal: AbortSignal.timeout(PATIENCE) });
    if (new URL(answer.url).pathname !== "/desk") signedOut();
    else if (answer.ok && listed()) level(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // asked again
  }
  setTimeout(() => {
    under = false;
    if (again) refresh();
  }, REST);
}

/** Shows the list of another copy of the page; who had the focus in it keeps it. */
function level(page) {
  const old = listed(),
    list = page.querySelector("[data-stories]");
  if (!list || list.innerHTML === old.innerHTML) return;
  const at = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  old.replaceWith(document.adoptNode(list));
  const link = (href) => list.querySelector(`[href="${CSS.escape(href)}"]`);
  if (at) (link(at) ?? link(at.split("#")[0]))?.focus({ preventScroll: true });
}

const socket = new DeskSocket("/desk/live", {
  take(frame) {
    if (frame.type === "hello") {
      out?.remove();
      out = null;
      showState("live");
      if (known && listed()) refresh();
      known = true;
    } else if (frame.type === "elsewhere") {
      if (listed()) refresh();
      notifyElsewhere(frame, edits);
    }
  },
  lost(code) {
    if (code === SIGNED_OUT) signedOut();
    else if (!out && code !== OTHER_RIGHTS) showState("off"); // every page of the lobby is for everybody
  },
});

// Where the line is away it also tells that the session has ended. Where it is up, no frame tells of a new story.
function poll() {
  if (socket.away || (listed() && Date.now() - last > LEVEL)) refresh();
  setTimeout(poll, POLL);
}
setTimeout(poll, POLL);
