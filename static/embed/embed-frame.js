// Inside the widget's frame: takes the host's theme, tells the host how tall it is, in the forms that hosts know, and keeps
// links alive in a sandbox. Runs before the first paint. Works with a null origin: no storage, no cookies.

(() => {
  const root = document.documentElement;
  const query = new URLSearchParams(location.search);
  const theme = query.get("theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  const known = JSON.parse(document.querySelector("meta[name=liveblog-options]")?.content ?? "{}"); // one entry has none
  known.theme = [/^(light|dark|auto)$/.test(theme) ? theme : null, "light, dark, auto"];
  for (const [name, [taken, accepted]] of Object.entries(known)) {
    const given = query.get(name);
    if (given && given !== taken)
      console.warn(`liveblog: ${name}="${given}" is not understood, the default is used; accepted: ${accepted}`);
  }
  paint();
  const sandboxed = self.origin === "null";
  if (sandboxed) document.querySelector("base").target = "_blank"; // a sandbox keeps _top to itself
  if (parent === self) return;

  // The name of the frame for those who do not see it. It is never on the page: anybody can write an address.
  const title = query.get("title");
  if (title) document.title = title.slice(0, 200);

  const id = query.get("childId") ?? "";
  const slug = location.pathname.split("/")[2] ?? "";
  let secret; // WordPress's, which may come late
  let sizer; // what iframe-resizer calls the frame
  let last = 0;

  const post = (message) => parent.postMessage(message, "*"); // a height is no secret

  /** The host's colour and font, where its address names them: `accent` in hex, `font` as a list of families. */
  function paint() {
    const [, hex] = /^#?([0-9a-f]{6})$/i.exec(query.get("accent")) ?? [];
    if (hex) {
      const [r, g, b] = hex.match(/../g).map((part) => (Number.parseInt(part, 16) / 255) ** 2.2);
      root.style.setProperty("--live", `#${hex}`);
      root.style.setProperty("--on-live", 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#000" : "#fff");
    }
    const font = query.get("font");
    if (/^[\w\s,"'-]{1,200}$/.test(font ?? ""))
      for (const name of ["--sans", "--serif"]) root.style.setProperty(name, font);
  }

  function tell(again, scroll = 0) {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    if (!height || (height === last && !again && !scroll)) return;
    last = height;
    post({ type: "liveblog:height", height, ...(scroll && { scroll }) });
    post({ type: "iframe-resized", width: innerWidth, height });
    post({ "datawrapper-height": { [slug]: height } });
    post({ sentinel: "amp", type: "embed-size", height });
    post(["pym", id, "height", height].join("xPYMx"));
    if (sizer) post(`[iFrameSizer]${sizer}:${height}:${innerWidth}:size`);
    if (secret) post({ message: "height", value: Math.min(1000, Math.max(200, height)), secret });
  }

  function learn(given) {
    if (!/^\w{1,40}$/.test(given ?? "")) return;
    secret = given;
    if (document.body) tell(true);
  }
  const readSecret = () => learn(/secret=(\w+)/.exec(location.hash)?.[1]);
  readSecret();
  addEventListener("hashchange", readSecret);
  addEventListener("message", ({ source, data }) => {
    if (source !== parent) return;
    if (data?.message === "ready") learn(data.secret);
    sizer = /^\[iFrameSizer\]([\w-]{1,99}):\d/.exec(data)?.[1] ?? sizer;
    if (sizer && document.body) tell(true);
  });
  addEventListener("liveblog:moved", ({ detail }) => tell(false, detail));
  addEventListener("DOMContentLoaded", () => new ResizeObserver(() => tell()).observe(document.body));
  addEventListener("load", () => tell(true)); // a host may have listened late

  // In a sandbox a link opens a tab if the sandbox allows it, or the host opens it. Otherwise its address is copied.
  if (!sandboxed) return;
  addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || !/^https?:$/.test(link.protocol)) return;
    event.preventDefault();
    if (link.matches(".share")) return copy(link.href);
    const tab = open(link.href);
    if (tab) {
      tab.opener = null;
      return;
    }
    if (secret) post({ message: "link", value: link.href, secret });
    if (!secret || link.host !== location.host) copy(link.href); // WordPress opens nobody else's
  });

  function copy(address) {
    const put = (event) => {
      event.clipboardData.setData("text/plain", address);
      event.preventDefault();
    };
    addEventListener("copy", put, true);
    const done = document.execCommand("copy"); // the newer way is kept from frames
    removeEventListener("copy", put, true);
    const status = document.querySelector(".more-on [role=status]");
    status.textContent = done ? status.dataset.copied : address;
  }
})();
