// Keeps the times of a reader's page up to date.

import { level as set, times } from "./times.js";

const REFRESH = 30_000;
const { again, dated, tick, upgrade } = times(document.documentElement.dataset.interface);

export { dated, upgrade };

/** Sets the time: `at` is the server's. */
export function level(at) {
  if (set(at)) again(document);
}

upgrade(document);
setInterval(() => tick(document), REFRESH);
document.addEventListener("visibilitychange", () => tick(document));
