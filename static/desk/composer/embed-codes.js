// Pasted embed codes: replaces the HTML of a provider by the address in it. liveblog/content/markup/embed_codes.py does the same
// for texts from elsewhere, and for codes between words.
const CODES = "iframe, script[data-telegram-post], blockquote[class], div.fb-post, div.fb-video, div.flourish-embed";
const LINKED =
  /(?:^| )(?:twitter-tweet|twitter-video|instagram-media|tiktok-embed|reddit-embed|reddit-embed-bq|imgur-embed|imgur-embed-pub|mastodon-embed|text-post-media)(?: |$)/;
const NAMED = ["data-instgrm-permalink", "data-href", "data-embed-url", "data-text-post-permalink"];

/** The addresses of embed codes, a paragraph each. A text that holds anything else is returned unchanged. */
export function addressed(text) {
  if (!/^\s*<(?:iframe|script|blockquote|div|figure|p)\b/i.test(text)) return text;
  const { head, body } = new DOMParser().parseFromString(text, "text/html");
  body.prepend(...head.childNodes);
  const codes = [...body.querySelectorAll(CODES)].filter((code) => !code.parentElement.closest(CODES));
  const found = codes.map((code) => web(addressOf(code, body)));
  if (!found.length || !found.every(Boolean)) return text;
  for (const one of [...codes, ...body.querySelectorAll("script, noscript, style")]) one.remove();
  for (const credit of body.querySelectorAll("div, p, small")) if (credit.querySelector("a")) credit.remove();
  return body.textContent.trim() ? text : found.join("\n\n");
}

function addressOf(code, body) {
  const { src, telegramPost = "", blueskyUri = "" } = code.dataset;
  if (code.localName === "script") return /^\w+\/\d+$/.test(telegramPost) && `https://t.me/${telegramPost}`;
  if (code.localName === "iframe") return within(code.getAttribute("src") ?? src, body);
  const [, did, id] = /^at:\/\/(did:[a-z]+:[\w.:-]+)\/app\.bsky\.feed\.post\/([a-z0-9]+)$/.exec(blueskyUri) ?? [];
  if (did) return `https://bsky.app/profile/${did}/post/${id}`;
  if (code.matches(".flourish-embed"))
    return /^(?:visualisation|story)\/\d+$/.test(src) && `https://public.flourish.studio/${src}`;
  const named = NAMED.map((name) => code.getAttribute(name)).find(Boolean);
  if (named) return named;
  if (code.matches(".imgur-embed-pub"))
    return /^(?:a\/)?\w{5,12}$/.test(code.dataset.id) && `https://imgur.com/${code.dataset.id}`;
  const links = [...code.querySelectorAll("a[href]")].map((link) => link.getAttribute("href"));
  const post = links.find((link) => link.includes("/comments/")) ?? links.at(-1); // Reddit links the post and its authors
  return LINKED.test(code.className) && (code.getAttribute("cite") || post);
}

/** The address that a player was given, where the player's own is of no use to people. */
function within(address, body) {
  const { hostname, pathname, searchParams } = parts(address) ?? {};
  if (hostname === "w.soundcloud.com") {
    const given = searchParams.get("url") ?? "";
    return given.includes("api.soundcloud.com")
      ? ([...body.querySelectorAll("a[href*='soundcloud.com/']")].at(-1)?.getAttribute("href") ?? address)
      : given || address;
  }
  if (hostname?.endsWith("facebook.com") && pathname.startsWith("/plugins/"))
    return searchParams.get("href") || address;
  if (hostname === "open.spotify.com") return `https://open.spotify.com${pathname.replace("/embed", "")}`;
  return address;
}

function parts(address) {
  try {
    return new URL(address?.startsWith("//") ? `https:${address}` : address);
  } catch {
    return null;
  }
}

function web(address) {
  const whole = address?.startsWith?.("//") ? `https:${address}` : address;
  return /^https?:$/.test(parts(whole)?.protocol) && !/[\s<>"'`\\{}|^]/.test(whole) && whole;
}
