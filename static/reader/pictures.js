// What must be known before the first paint. Low-data mode: by the reader's choice, which is stored on the device, or by the browser's data
// saver. The style sheet hides the pictures: a lazy picture that is hidden is not loaded.
(() => {
  const { dataset } = document.documentElement;
  const without = dataset.pictures; // the page has no pictures
  const sparing = navigator.connection?.saveData || matchMedia("(prefers-reduced-data: reduce)").matches;
  let kept;
  try {
    kept = localStorage;
  } catch {} // a frame without an origin keeps nothing
  // Who comes back is told first what changed (since.js): the updates appear with that, so that nothing moves.
  if (kept?.[`liveblog:${location.pathname}`]) dataset.back = "";
  dataset.pictures = without ?? kept?.pictures ?? (sparing ? "off" : "on");

  new MutationObserver(() => {
    if (dataset.pictures === "off") for (const video of document.querySelectorAll("video")) video.preload = "none";
  }).observe(document, { childList: true, subtree: true });

  // A picture opens over the page. In a frame, and without scripts, its link leads to the file.
  addEventListener("click", (event) => {
    const link = event.target.closest?.("a.frame");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (window.parent !== window)
      link.target = "_blank"; // the host's page stays
    else if (document.querySelector("[data-viewer]")) {
      event.preventDefault();
      import("./later/viewer.js").then(
        ({ open }) => open(link),
        () => location.assign(link.href),
      );
    }
  });

  addEventListener("click", (event) => {
    if (!event.target.closest("[data-choose]")) return;
    const chosen = dataset.pictures === "off" ? "on" : "off";
    if (kept) kept.pictures = chosen;
    if (without) return; // the link leads to the page with them
    event.preventDefault();
    dataset.pictures = chosen;
  });
})();
