// What happened while somebody writes: notices that say so, a count in the title of a page out of sight,
// and notifications of the system for those who asked for them, only while the desk is open.

const LASTING = 20_000, MOST = 4;
const place = document.getElementById("notices");
const title = document.title;
let unseen = 0;

/** Shows a notice; `act` adds a button `{label, do}`, `link` a link `{label, href}`. */
export function notify(text, { kind = "good", act, link, lasting = LASTING, alert = false } = {}) {
  const notice = Object.assign(document.createElement("div"), { className: `notice ${kind}` });
  notice.dataset.kind = kind;
  const words = Object.assign(document.createElement("span"), { textContent: text, dir: "auto" });
  notice.append(words);
  if (link) notice.append(Object.assign(document.createElement("a"), { textContent: link.label, href: link.href }));
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
  const leave = () => notice.contains(document.activeElement) || notice.matches(":hover") ? setTimeout(leave, 2_000) : notice.remove();
  setTimeout(leave, lasting);
  if (!alert || !document.hidden) return;
  unseen += 1;
  document.title = `(${unseen}) ${title}`;
  if (localStorage.getItem("desk-notify") && Notification.permission === "granted") new Notification(title, { body: text, tag: "desk" });
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unseen = 0;
  document.title = title;
});

const button = document.querySelector("[data-notify]");
if (button && "Notification" in window && Notification.permission !== "denied") {
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
