// The desk's pages outside of a story: notices about all stories, and a list of stories that stays current.

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

/** Loads the list again: at once, and at most once a second. */
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
    // the next poll tries again
  }
  setTimeout(() => {
    under = false;
    if (again) refresh();
  }, REST);
}

/** Replaces the list by that of a newer copy of the page, and keeps the focus. */
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
    else if (!out && code !== OTHER_RIGHTS) showState("off"); // these pages do not depend on rights
  },
});

// Without a socket, polling also finds the end of the session. With one, no frame announces a new story.
function poll() {
  if (socket.away || (listed() && Date.now() - last > LEVEL)) refresh();
  setTimeout(poll, POLL);
}
setTimeout(poll, POLL);
