// Shows the pictures of an entry over the page: loaded at the first press on one (pictures.js). Its words are in the template.

const KEYS = { ArrowLeft: -1, ArrowRight: 1, Home: Number.NEGATIVE_INFINITY, End: Number.POSITIVE_INFINITY };

/** Opens the viewer at the picture of a link, with the others of its row. */
export function open(link) {
  const row = link.closest(".gallery");
  const links = row ? [...row.querySelectorAll("a.frame")].filter((one) => one.checkVisibility()) : [link];
  const files = links.map(({ href }) => href);
  const dialog = document.querySelector("[data-viewer]").content.firstElementChild.cloneNode(true);
  const part = (selector) => dialog.querySelector(selector);
  const strip = part(".strip"),
    back = part(".back"),
    on = part(".on");
  const slides = links.map((one) => {
    const slide = part("figure").cloneNode(true),
      medium = one.closest(".medium"),
      image = slide.firstElementChild,
      said = medium.querySelector("figcaption");
    image.alt = one.querySelector("picture img").alt;
    slide.dataset.shape = medium.dataset.shape ?? "";
    if (said) slide.append(said.cloneNode(true));
    return slide;
  });
  strip.replaceChildren(...slides);
  back.hidden = on.hidden = links.length < 2;
  let at = links.indexOf(link),
    byHand = false;

  /** Names the picture, and loads it and the next one. */
  function settle() {
    part("[role=status]").textContent = slides[at].querySelector(".count")?.textContent ?? "";
    const ahead = document.documentElement.dataset.pictures === "off" ? 1 : 2;
    slides.slice(at, at + ahead).forEach((slide, n) => {
      slide.firstElementChild.src ||= files[at + n];
    });
    back.disabled = at === 0;
    on.disabled = at === links.length - 1;
  }

  function go(to, behavior = "smooth") {
    at = Math.min(links.length - 1, Math.max(0, to));
    byHand = false;
    settle();
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) behavior = "instant";
    slides[at].scrollIntoView({ behavior, block: "nearest", inline: "start" });
  }

  dialog.addEventListener("click", ({ target }) => {
    if (target.closest(".back")) go(at - 1);
    else if (target.closest(".on")) go(at + 1);
    else if (target.closest(".close") || target.matches(".strip, figure")) dialog.close();
  });
  dialog.addEventListener("keydown", (event) => {
    const step = KEYS[event.key];
    if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const turned = getComputedStyle(strip).direction === "rtl" && Number.isFinite(step);
    go(at + (turned ? -step : step));
  });
  // A finger moves it too.
  for (const event of ["pointerdown", "wheel"])
    strip.addEventListener(
      event,
      () => {
        byHand = true;
      },
      { passive: true },
    );
  strip.addEventListener("scrollend", () => {
    if (!byHand || !dialog.open) return; // on its way to `at`; closed, it has no width
    at = Math.round(Math.abs(strip.scrollLeft) / strip.clientWidth);
    settle();
  });
  // What is taken down meanwhile goes from here as well.
  const watch = new MutationObserver(() => {
    if (!links.every((one, n) => one.isConnected && one.href === files[n])) dialog.close();
  });
  dialog.addEventListener("close", () => {
    watch.disconnect();
    dialog.remove();
    if (links[at].isConnected) links[at].focus();
  });

  document.body.append(dialog);
  dialog.showModal();
  go(at, "instant");
  watch.observe(document.querySelector("main"), { subtree: true, childList: true, attributeFilter: ["href"] });
}
