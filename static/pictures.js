// Before anything is drawn: whether pictures are loaded. By the reader's choice, kept on the device, or else
// by the browser's data saver. The style sheet hides them, and a lazy picture that is hidden is never loaded.
(() => {
  const root = document.documentElement;
  const sparing = matchMedia("(prefers-reduced-data: reduce)").matches || navigator.connection?.saveData;
  let chosen = null;
  try {
    chosen = localStorage.getItem("pictures");
  } catch {} // a frame without an origin keeps nothing
  const plain = "pictures" in root.dataset; // the page came without any
  const set = (value) => (root.dataset.pictures = value);
  if (!plain) set(chosen ?? (sparing ? "off" : "on"));

  // Videos begin by themselves to load what they are.
  new MutationObserver((changes) => {
    if (root.dataset.pictures !== "off") return;
    for (const { addedNodes } of changes)
      for (const node of addedNodes)
        for (const video of node.querySelectorAll?.("video") ?? []) video.preload = "none";
  }).observe(root, { childList: true, subtree: true });

  addEventListener("click", (event) => {
    if (!event.target.closest?.("a[data-pictures]")) return;
    const value = root.dataset.pictures === "off" ? "on" : "off";
    try {
      localStorage.setItem("pictures", value);
    } catch {}
    if (plain) return;
    event.preventDefault();
    set(value);
  });
})();
