// A page for modules that need one: linkedom's document, and the few parts of a browser that neither it nor Node has.
import { webcrypto } from "node:crypto";
import { parseHTML } from "linkedom";

/** Makes `html` the page of this process. */
export function page(html, address = "https://live.test/stories/a-story") {
  const { window, document, DOMParser, HTMLElement } = parseHTML(html);
  const given = {
    document,
    DOMParser,
    HTMLElement,
    window: globalThis,
    location: new URL(address),
    CSS: { escape: (text) => text },
    addEventListener: () => {},
    Option: (text, value) => Object.assign(document.createElement("option"), { textContent: text, value }),
  };
  for (const [name, value] of Object.entries(given))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  Object.defineProperty(globalThis, "navigator", { value: { onLine: true, platform: "" }, configurable: true });
  const { setInterval } = globalThis;
  globalThis.setInterval = (...given) => setInterval(...given).unref(); // a clock that ticks does not keep the tests running
  // Node 18 has none of these.
  globalThis.crypto ??= webcrypto;
  globalThis.CustomEvent ??= class extends Event {
    constructor(type, { detail }) {
      super(type);
      this.detail = detail;
    }
  };
  Array.prototype.toReversed ??= function () {
    return [...this].reverse();
  };
  return { window, document };
}

/** Waits until `holds()` does. */
export async function until(holds) {
  for (let tries = 0; tries < 500; tries += 1) {
    const found = await holds();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`never: ${holds}`);
}
