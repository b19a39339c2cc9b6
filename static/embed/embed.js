// The loader for other people's pages: <div data-liveblog="SLUG-OR-URL"></div><script async src="…/embed.js"></script>
// Puts a frame into each such element and keeps it as tall as its content.

(() => {
  if (window.liveblog?.scan) return window.liveblog.scan(); // included twice
  const { origin } = new URL(document.currentScript.src);
  const frames = new Set();

  /** The widget of a story, by its slug or an address of it: never anywhere but where this script is from. Null where it
   * names no story. */
  function address(element) {
    const given = element.dataset.liveblog.trim();
    let path;
    try {
      ({ pathname: path } = new URL(/[/\\]/.test(given) ? given : `/stories/${encodeURIComponent(given)}`, origin));
    } catch {
      return null; // no address
    }
    const [, stories, slug, embed = "", ...more] = path.split("/");
    if (stories !== "stories" || !/^[a-z0-9-]+$/.test(slug) || !["", "embed"].includes(embed) || more.join(""))
      return null;
    const url = new URL(`/stories/${slug}/embed`, origin);
    const { theme } = element.dataset;
    if (theme) url.searchParams.set("theme", theme);
    return url;
  }

  function scan(root = document) {
    for (const element of root.querySelectorAll("[data-liveblog]:not([data-liveblog-ready])")) {
      element.dataset.liveblogReady = "";
      const url = address(element);
      if (!url) {
        console.warn(
          `data-liveblog: "${element.dataset.liveblog}" is no story of ${origin}; accepted: its slug, or its address`,
        );
        continue;
      }
      const frame = document.createElement("iframe");
      frame.src = url;
      frame.title = element.dataset.title || "Live coverage";
      frame.loading = "lazy";
      frame.allow = "fullscreen";
      Object.assign(frame.style, { display: "block", width: "100%", height: "600px", border: "0" });
      frames.add(frame);
      element.replaceChildren(frame);
    }
  }

  addEventListener("message", ({ source, data }) => {
    if (data?.type !== "liveblog:height" || !(data.height > 0)) return;
    for (const frame of frames) if (frame.contentWindow === source) frame.style.height = `${Math.ceil(data.height)}px`;
  });

  // <live-blog-embed>, wherever and whenever a page has one: its script is loaded then, and not before.
  const elements = document.getElementsByTagName("live-blog-embed");
  const watcher = new MutationObserver(define);
  function define() {
    if (!elements.length) return;
    watcher.disconnect();
    import(`${origin}/element.js`);
  }
  watcher.observe(document, { childList: true, subtree: true });
  define();

  window.liveblog = { scan };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", () => scan());
  else scan();
})();
