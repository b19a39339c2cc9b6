// The page's side of the service worker, which keeps read stories on the device: it is told of the events that came
// since the page was loaded. Loaded after the page.

const MOST = 100; // events; a page that received more is loaded again for its copy

const page = document.querySelector("live-blog");
const story = page.getAttribute("src");
const workers = navigator.serviceWorker; // none where the page is not secure
let events = [];

let forgotten = false;

/** Without a controller, as after a forced reload, there may be a worker all the same, with a copy. */
async function tell(message) {
  if (!workers) return;
  const worker = workers.controller ?? (await workers.ready).active;
  if (!forgotten) worker.postMessage(message);
}

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
  // A page that is the copy itself has nothing newer, until there is a network again.
  let newer = !page.hasAttribute("kept");
  if (newer && !workers.controller) workers.addEventListener("controllerchange", renew, { once: true });
  // The worker keeps only a page with the story's own address.
  else if (newer && (location.search || page.getAttribute("seq") !== loaded)) renew();
  document.addEventListener("liveblog:event", ({ detail: event }) => {
    if (!newer) return;
    events.push(event);
    if (event.kind === "entry.removed" || events.length > MOST) renew();
  });
  page.addEventListener("liveblog:reset", renew);
  document.addEventListener("visibilitychange", () => {
    const at = new Date(level ? Date.now() : levelAt).toUTCString();
    if (document.hidden && events.length) tell({ story, events, at });
  });
  document.querySelector(".forget").addEventListener("click", forget);
  let level = false;
  let levelAt = Date.now(); // when the page was last up to date
  const look = () => {
    const now = /live|polling/.test(page.dataset.state);
    if (level) levelAt = Date.now();
    if (now && !level) tell({}); // there is a network again
    if (now && !newer) {
      newer = true;
      renew();
    }
    level = now;
  };
  new MutationObserver(look).observe(page, { attributeFilter: ["data-state"] });
  look();
}
