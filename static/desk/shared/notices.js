// Notices about events at the desk, their number in the title of a hidden page, and system notifications for users who asked for
// them, while the desk is open.

const LASTING = 20_000,
  MOST = 4;
const place = document.getElementById("notices");
const title = document.title;
const button = document.querySelector("[data-notify]");
let unseen = 0;

/** Shows a notice, and returns it. `act` adds a button `{label, do}`, `link` a link `{label, href}`; `of` is the id of its entry:
 * see `dismissNotices()`. */
export function notify(text, { kind = "good", act, link, of = "", lasting = LASTING, alert = false } = {}) {
  const notice = Object.assign(document.createElement("div"), { className: `notice ${kind}` });
  notice.dataset.kind = kind;
  notice.dataset.of = of;
  const words = Object.assign(document.createElement("span"), { textContent: text, dir: "auto" });
  notice.append(words);
  if (link)
    notice.append(
      Object.assign(document.createElement("a"), {
        textContent: link.label,
        href: link.href,
        target: link.target ?? "",
      }),
    );
  if (act) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: act.label });
    button.addEventListener("click", () => {
      notice.remove();
      act.do();
    });
    notice.append(button);
  }
  place.append(notice);
  while (place.childElementCount > MOST) place.firstElementChild.remove();
  const leave = () =>
    notice.contains(document.activeElement) || notice.matches(":hover") ? setTimeout(leave, 2_000) : notice.remove();
  setTimeout(leave, lasting);
  if (alert && document.hidden) tellAway(text);
  return notice;
}

function tellAway(text) {
  unseen += 1;
  document.title = `(${unseen}) ${title}`;
  if (localStorage.getItem("desk-notify") && Notification.permission === "granted") {
    try {
      new Notification(title, { body: text, tag: "desk" });
    } catch {
      if (button) button.hidden = true;
    }
  }
}

/** Whether a page can make notifications: in Chrome on Android the constructor throws. Elsewhere it throws `DataCloneError` for
 * these data, so this test shows none. */
function worksHere() {
  try {
    new Notification(title, { data: () => {} });
  } catch ({ name }) {
    return name === "DataCloneError";
  }
  return true;
}

/** The words and the kind of the notice about a change, for an editor or (`edits` is false) a contributor; null for none. */
export function noticeFor({ action, breaking, own }, edits) {
  if (action === "submitted" && edits) return { words: "New contribution", kind: "submitted" };
  if (breaking && action === "published") return { words: "Breaking", kind: "breaking" };
  if (own && action === "returned") return { words: "Returned to you", kind: "submitted" };
  if (own && !edits && action === "published") return { words: "Published", kind: "good" };
  if (own && !edits && action === "withdrawn") return { words: "Not public any more", kind: "submitted" };
  return null;
}

/** Shows notices about the changes that others made in another story. */
export function notifyElsewhere({ story, title, changed }, edits) {
  const user = Number(document.querySelector("form.who").dataset.user);
  for (const change of changed) {
    dismissNotices(change.id);
    const found = change.by === user ? null : noticeFor(change, edits);
    if (!found) continue;
    const link = { label: "Look", href: `/desk/stories/${story}#row-${change.id}` };
    notify(`${found.words} in “${title}”`, { kind: found.kind, of: change.id, alert: true, link });
  }
}

/** Removes the notices about an entry that has changed: they are out of date, and may name purged text. */
export function dismissNotices(entry) {
  for (const notice of document.querySelectorAll(`.notice[data-of="${CSS.escape(entry)}"]`)) notice.remove();
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unseen = 0;
  document.title = title;
});

if (button && "Notification" in window && Notification.permission !== "denied" && worksHere()) {
  const say = () => {
    const on = localStorage.getItem("desk-notify") && Notification.permission === "granted";
    button.textContent = on ? "Do not notify me any more" : "Notify me of submissions and breaking news";
    button.hidden = Notification.permission === "denied";
  };
  say();
  button.addEventListener("click", async () => {
    if (localStorage.getItem("desk-notify")) localStorage.removeItem("desk-notify");
    else if ((await Notification.requestPermission()) === "granted") localStorage.setItem("desk-notify", "1");
    say();
  });
}
