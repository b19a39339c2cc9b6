// How an element looks: by its attributes, its reader's data saver and, with `theme="host"`, the page around it. All else
// is in element.css.

/** Sets what attributes and the host's own style change. */
export function dress(element, blog) {
  const { style, dataset } = blog;
  const height = Number(element.getAttribute("height"));
  style.maxBlockSize = height > 0 ? `${height}px` : "";
  style.overflowY = height > 0 ? "auto" : "";
  height > 0 ? (blog.tabIndex = 0) : blog.removeAttribute("tabindex");
  if (navigator.connection?.saveData) dataset.pictures = "off";
  const { color, fontFamily } = getComputedStyle(element);
  const own = element.getAttribute("theme") === "host";
  for (const [name, value] of Object.entries({ "--ink": color, "--serif": fontFamily, "--sans": fontFamily }))
    own ? style.setProperty(name, value) : style.removeProperty(name);
}

/** Calls `again` when the host's look may have changed, as when it turns dark. */
export function follow(again, signal) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again, { signal });
  const looks = new MutationObserver(again);
  for (const one of [document.documentElement, document.body]) looks.observe(one, { attributes: true });
  signal.addEventListener("abort", () => looks.disconnect());
}
