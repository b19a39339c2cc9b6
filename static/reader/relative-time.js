// Keeps the times of a reader's page up to date.

import { level as set, times } from "./times.js";

const REFRESH = 30_000;
const { again, dated, full, tick, upgrade } = times(document.documentElement.dataset.interface);

export { dated, upgrade };

/** Sets the time: `at` is the server's. */
export function level(at) {
  if (set(at)) again(document);
}

upgrade(document);
setInterval(() => tick(document), REFRESH);
addEventListener("beforeprint", () => {
  const line = document.querySelector(".printed");
  if (line) line.textContent = `${location.href} · ${line.dataset.words.replace("#", full(new Date()))}`;
});
document.addEventListener("visibilitychange", () => tick(document));
