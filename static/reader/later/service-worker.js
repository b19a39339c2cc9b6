// Keeps the stories that were read on this device, for reading without a network: served at /service-worker.js.
// A cache for each story holds its page, the events since, and the files that the page loads. It answers only
// without a network.

const PREFIX = "liveblog ",
  MOST = 20, // stories
  AGE = 7 * 86_400_000,
  PICTURES = 40, // of a story
  BYTES = 1_000_000, // of a picture
  SKEW = 10_000; // between the clocks of two servers

const storyOf = (url) => /^\/stories\/[^/]+$/.exec(new URL(url).pathname)?.[0];
const later = (story) => story + "/events?kept";
const timeOf = (answer) => Date.parse(answer?.headers.get("date")) || 0;
const open = (story) => caches.open(PREFIX + story);
const drop = (story) => caches.delete(PREFIX + story);
const fetched = async ({ preloadResponse, request }) => (await preloadResponse) ?? fetch(request);

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) =>
  event.waitUntil(Promise.all([clients.claim(), registration.navigationPreload?.enable()])),
);

addEventListener("fetch", (event) => {
  const { request } = event,
    { origin, pathname, search } = new URL(request.url);
  if (request.mode === "navigate") {
    const story = search ? null : storyOf(request.url);
    event.respondWith(story ? page(event, story) : fetched(event));
  } else if (origin === location.origin && /^\/(static|media)\//.test(pathname) && !request.headers.has("range"))
    event.respondWith(file(event));
});

// `{story, events, at}`: a page is left, with the events that came since it was loaded, and the time of its last state.
// `{story}`: the copy is out of date.
// `{}`: there is a network again.
addEventListener("message", (event) => {
  const { story, events, at } = event.data;
  event.waitUntil(!story ? review() : events ? add(story, events, at) : renew(story));
});

async function page(event, story) {
  let answer;
  try {
    answer = await fetched(event);
    if (answer.status < 500) {
      event.waitUntil(keep(story, answer.clone()));
      return answer;
    }
  } catch {}
  const cache = await open(story),
    kept = await cache.match(story);
  if (Date.now() - timeOf(kept) > AGE) {
    await drop(story);
    return answer ?? Response.error();
  }
  const at = new Date(timeOf((await cache.match(later(story))) ?? kept)).toISOString();
  const html = (await kept.text()).replace("<live-blog ", `<live-blog kept="${at}" `);
  return new Response(html, { headers: kept.headers });
}

async function file(event) {
  const { clientId, request } = event;
  try {
    const answer = await fetch(request);
    if (answer.status === 200 && answer.headers.get("content-type").startsWith("image/"))
      event.waitUntil(picture(clientId, request.url, answer.clone()));
    return answer;
  } catch {
    return (await caches.match(request, { ignoreVary: true })) ?? Response.error();
  }
}

async function picture(clientId, url, answer) {
  const story = storyOf((await clients.get(clientId))?.url ?? url);
  if (!story || !(answer.headers.get("content-length") <= BYTES)) return;
  const cache = await open(story);
  const pictures = (await cache.keys()).filter((key) => key.url.includes("/media/"));
  if (pictures.length < PICTURES) await cache.put(url, answer);
}

/** Keeps a page with its scripts and styles, and forgets what it does not show any more. */
async function keep(story, answer) {
  const policy = answer.headers.get("cache-control") ?? "";
  if (!answer.ok || answer.redirected || !policy.includes("public")) return drop(story);
  const cache = await open(story),
    html = await answer.clone().text();
  await cache.put(story, answer);
  const files = new Set([...html.matchAll(/(?:src|href)="(\/static\/[^"]+)/g)].map(([, path]) => path));
  for (const { url } of await cache.keys()) {
    const path = url.slice(location.origin.length);
    if (path !== story && !html.includes(path)) await cache.delete(url);
    files.delete(path);
  }
  await Promise.allSettled([...files].map((path) => cache.add(path))); // an entry may link to a file that is not there
  await tidy();
}

/** Only events that follow the kept page can be shown with it. */
async function add(story, events, date) {
  const cache = await open(story),
    html = await (await cache.match(story))?.text();
  if (!(events[0].seq - 1 <= / seq="(\d+)/.exec(html)?.[1])) return renew(story);
  await cache.put(later(story), new Response(JSON.stringify(events), { headers: { date } }));
}

/** A copy that cannot be renewed may hold a text that was taken down. */
async function renew(story) {
  try {
    await keep(story, await fetch(story, { credentials: "omit", cache: "no-cache" }));
  } catch {
    await drop(story);
  }
}

/** The kept stories with their times, the newest first; all others are dropped. */
async function tidy() {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX));
  const stories = await Promise.all(
    names.map(async (name) => {
      const story = name.slice(PREFIX.length);
      return { story, at: timeOf(await (await open(story)).match(story)) };
    }),
  );
  const kept = stories.sort((a, b) => b.at - a.at).filter(({ at }, n) => n < MOST && Date.now() - at < AGE);
  await Promise.all(stories.filter((one) => !kept.includes(one)).map(({ story }) => drop(story)));
  return kept;
}

/** Renews the copies of stories of which something was taken down meanwhile. */
async function review() {
  const kept = await tidy();
  if (!kept.length) return;
  const { stories } = await (await fetch("/removals.json")).json();
  await Promise.all(
    kept.filter(({ story, at }) => Date.parse(stories[story.slice(9)]) > at - SKEW).map(({ story }) => renew(story)),
  );
}
