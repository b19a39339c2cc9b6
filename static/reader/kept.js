// The page's side of the service worker, which keeps read stories on the device: it is told of the events that came
// since the page was loaded.

const MOST = 100; // events; a page that received more is loaded again for its copy

const workers = window.parent === window ? navigator.serviceWorker : undefined;
let events = [];

const tell = (message) => workers?.controller?.postMessage(message);

/** The events that were kept with the copy of this story's page. */
export async function kept(story) {
  const answer = await caches.match(`${story}/events?kept`);
  return answer ? answer.json() : [];
}

/** An event came. A copy with a text that was taken down is renewed at once. */
export function received(story, event) {
  events.push(event);
  if (event.kind === "entry.removed" || events.length > MOST) renew(story);
}

/** The copy is out of date. */
export function renew(story) {
  events = [];
  tell({ story });
}

/** The page has a connection again. */
export const online = () => tell({});

/** Registers the service worker when the page has loaded, and tells it when the page is left. */
export function install(story) {
  if (!workers) return;
  const register = () => workers.register("/service-worker.js", { scope: "/stories/" }).catch(() => {}); // storage is refused
  document.readyState === "complete" ? register() : addEventListener("load", register);
  if (!workers.controller) workers.addEventListener("controllerchange", () => renew(story), { once: true });
  document.addEventListener("visibilitychange", () => document.hidden && events.length && tell({ story, events }));
}
