// The page's side of the service worker, which keeps read stories on the device: it is told of the events that came
// since the page was loaded. Loaded after the page.

const MOST = 100; // events; a page that received more is loaded again for its copy

const page = document.querySelector("live-blog");
const story = page.getAttribute("src");
const workers = navigator.serviceWorker; // none where the page is not secure
let events = [];

let forgotten = false;

const tell = (message) => forgotten || workers?.controller?.postMessage(message);

/** The events that were kept with the copy of this story's page. */
export async function kept() {
  const answer = await caches.match(`${story}/events?kept`);
  return answer ? answer.json() : [];
}

/** The copy is out of date, or holds a text that was taken down. */
function renew() {
  events = [];
  tell({ story });
}

/** "Forget them": the copies of all stories go, and no other is made while this page is open. */
async function forget() {
  forgotten = true;
  for (const name of await caches.keys()) if (name.startsWith("liveblog ")) await caches.delete(name);
  (await workers.getRegistration("/stories/"))?.unregister();
}

/** Registers the service worker, and tells it what it must know. `loaded` is the sequence number of the page as it was loaded. */
export function keep(loaded) {
  if (!workers) return;
  workers.register("/service-worker.js", { scope: "/stories/" }).catch(() => {}); // storage is refused
  if (!workers.controller) workers.addEventListener("controllerchange", renew, { once: true });
  else if (page.getAttribute("seq") !== loaded) renew();
  document.addEventListener("liveblog:event", ({ detail: event }) => {
    events.push(event);
    if (event.kind === "entry.removed" || events.length > MOST) renew();
  });
  page.addEventListener("liveblog:reset", renew);
  document.addEventListener("visibilitychange", () => document.hidden && events.length && tell({ story, events }));
  document.querySelector(".forget").addEventListener("click", forget);
  let level = false;
  const look = () => {
    const now = /live|polling/.test(page.dataset.state);
    if (now && !level) tell({}); // there is a network again
    level = now;
  };
  new MutationObserver(look).observe(page, { attributeFilter: ["data-state"] });
  look();
}
