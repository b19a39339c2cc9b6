// Inside the widget's frame: takes the host's theme and tells the host how tall it is, in the forms hosts know.
// Runs before the first paint. Works with a null origin: no storage, no cookies.

(() => {
  const root = document.documentElement;
  const query = new URLSearchParams(location.search);
  const theme = query.get("theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  if (self.origin === "null") document.querySelector("base").target = "_blank"; // a sandbox keeps _top to itself
  if (parent === self) return;

  const id = query.get("childId") ?? "";
  const slug = location.pathname.split("/")[2] ?? "";
  const secret = /secret=(\w+)/.exec(location.hash)?.[1];
  let last = 0;

  function tell() {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    if (!height || height === last) return;
    last = height;
    const messages = [
      { type: "liveblog:height", height },
      { type: "iframe-resized", width: innerWidth, height },
      { "datawrapper-height": { [slug]: height } },
      { sentinel: "amp", type: "embed-size", height },
      ["pym", id, "height", height].join("xPYMx"),
    ];
    if (secret) messages.push({ message: "height", value: Math.min(1000, Math.max(200, height)), secret });
    for (const message of messages) parent.postMessage(message, "*"); // a height is no secret
  }

  addEventListener("DOMContentLoaded", () => new ResizeObserver(tell).observe(document.body));
})();
