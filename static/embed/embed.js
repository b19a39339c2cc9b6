// The loader for other people's pages: <div data-liveblog="SLUG-OR-URL"></div><script async src="…/embed.js"></script>
// Puts a frame into each such element and keeps it as tall as its content. Classic script or module.

(() => {
  if (window.liveblog?.scan) return window.liveblog.scan(); // included twice
  // A module has no `currentScript`, and a classic script no `import.meta`: a stack names the file in both.
  const src = document.currentScript?.src || /https?:\/\/[^\s)]+?\/embed\.js/.exec(new Error().stack)?.[0];
  const { origin } = new URL(src);
  const OPTIONS = ["limit", "order", "show", "topic", "author", "lang", "theme", "compact", "title", "accent", "font"];
  const page = Math.random().toString(36).slice(2); // the widgets of this page share their sockets
  const frames = new Set(); // WeakRefs: a page may drop its widgets
  const sized = new WeakSet();
  const warn = (name, given, accepted) =>
    console.warn(`liveblog: ${name}="${given}" is not understood; accepted: ${accepted}`);

  /** The widget of a story, by its slug or an address of it: never anywhere but where this script is from. Null where it
   * names no story. */
  function address(element) {
    const { dataset } = element;
    const given = dataset.liveblog.trim();
    let named;
    try {
      named = new URL(/[/\\]/.test(given) ? given : `/stories/${given}`, origin);
    } catch {
      return null; // no address
    }
    const [, stories, slug, embed = "", ...more] = named.pathname.split("/");
    if (stories !== "stories" || !/^[a-z0-9-]+$/.test(slug) || !["", "embed"].includes(embed) || more.join(""))
      return null;
    const url = new URL(`/stories/${slug}/embed`, origin);
    url.search = named.search;
    for (const name of OPTIONS) {
      let value = dataset[name];
      if (name === "compact") value = { "": "1", true: "1", false: "0" }[value] ?? value;
      if (name === "font" && value === "host") value = getComputedStyle(element).fontFamily;
      if (value) url.searchParams.set(name, value);
    }
    return url.href;
  }

  function scan(root = document) {
    for (const element of root.querySelectorAll("[data-liveblog]")) {
      const url = address(element);
      const { liveblog: given, height = "", title } = element.dataset;
      let frame = element.querySelector(":scope > iframe");
      if (!url) {
        if (element.dataset.liveblogWrong !== given)
          console.warn(`data-liveblog: "${given}" is no story of ${origin}; accepted: its slug, or its address`);
        element.dataset.liveblogWrong = given;
        frame?.remove();
        continue;
      }
      if (frame?.src === url) continue;
      frame?.remove();
      const px = /^\s*(\d{2,5})\s*(px)?\s*$/.exec(height)?.[1];
      if (height && !px) warn("data-height", height, "a number of pixels, from 10");
      frame = document.createElement("iframe");
      frame.src = url;
      frame.title = title || "Live coverage";
      frame.loading = "lazy";
      frame.referrerPolicy = "strict-origin"; // where it is embedded, never on which page
      frame.allow = "fullscreen; clipboard-write";
      frame.name = `liveblog ${page}`;
      Object.assign(frame.style, { display: "block", width: "100%", height: `${px ?? 600}px`, border: "0" });
      if (!px) sized.add(frame);
      frames.add(new WeakRef(frame));
      element.replaceChildren(frame);
      seen.observe(frame);
    }
  }

  function* living() {
    for (const ref of frames) {
      const frame = ref.deref();
      if (frame) yield frame;
      else frames.delete(ref);
    }
  }

  // Tells a frame which part of it is in sight, which only this page knows.
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting, boundingClientRect: box, intersectionRect: part } of entries) {
      const passed = box.bottom <= 0 ? box.height : 0;
      const [top, bottom] = isIntersecting ? [part.top - box.top, part.bottom - box.top] : [passed, passed];
      const view = { type: "liveblog:view", top, bottom, sized: sized.has(target) };
      target.contentWindow?.postMessage(view, "*"); // it is no secret
    }
  });
  let due = false;
  const look = () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      for (const frame of living()) {
        seen.unobserve(frame);
        if (frame.isConnected) seen.observe(frame); // it is told anew
      }
    });
  };
  addEventListener("scroll", look, { capture: true, passive: true });
  addEventListener("resize", look);

  function scrollerOf(frame) {
    for (let box = frame.parentElement; box && box !== document.body; box = box.parentElement)
      if (box.scrollHeight > box.clientHeight && /auto|scroll/.test(getComputedStyle(box).overflowY)) return box;
    return document.scrollingElement;
  }

  /** The browser's own scroll anchoring rests for a moment: it would do the same again. */
  let restore = null;
  function unanchored({ style }) {
    if (restore) return;
    const kept = style.overflowAnchor;
    style.overflowAnchor = "none";
    restore = () => {
      style.overflowAnchor = kept;
      restore = null;
    };
    requestAnimationFrame(() => requestAnimationFrame(restore));
  }

  addEventListener("message", ({ source, data }) => {
    if (data?.type !== "liveblog:height" || !(data.height > 0)) return;
    for (const frame of living()) {
      if (frame.contentWindow !== source) continue;
      if (sized.has(frame)) {
        const scroller = scrollerOf(frame);
        const before = frame.getBoundingClientRect();
        const edge = scroller === document.scrollingElement ? 0 : scroller.getBoundingClientRect().top;
        const height = Math.ceil(data.height);
        // What is being read stays: below the frame, or in it, where it says how far that has moved.
        const by = before.bottom <= edge ? height - before.height : Number(data.scroll);
        const top = scroller.scrollTop + by; // a page that gets shorter may scroll by itself
        if (by) unanchored(scroller);
        frame.style.height = `${height}px`;
        if (by) scroller.scrollTo({ top, behavior: "instant" });
      }
      look();
    }
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
  scan();
})();
