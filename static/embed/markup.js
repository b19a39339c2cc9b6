// The server's HTML as nodes. It is sanitised there, and comes from where this script is from: a page that demands Trusted
// Types allows that by the policy `liveblog`.

const PARTS = {
  article: "entry",
  ".when": "time",
  ".marks": "marks",
  h2: "headline",
  ".body": "body",
  ".by": "byline",
};
const ADDRESSES = ["href", "src", "poster", "cite"];

let policy = null;
try {
  policy = globalThis.trustedTypes?.createPolicy("liveblog", { createHTML: (html) => html });
} catch {} // the page allows no such policy: where it demands one, `parse` throws

/** The nodes of `html`, whose addresses are relative to `base`. Throws where the page does not allow it. */
export function parse(html, base) {
  const template = document.createElement("template");
  template.innerHTML = policy ? policy.createHTML(html) : html;
  whole(template.content, base);
  return template.content;
}

function joined(url, base) {
  try {
    return new URL(url, base).href;
  } catch {
    return url; // broken on the page, too
  }
}

/** Makes the addresses absolute, and names what the host may style. */
function whole(root, base) {
  for (const name of ADDRESSES)
    for (const one of root.querySelectorAll(`[${name}]:not(script)`))
      one.setAttribute(name, joined(one.getAttribute(name), base));
  for (const one of root.querySelectorAll("[srcset]"))
    one.srcset = one
      .getAttribute("srcset")
      .split(", ")
      .map((each) => each.replace(/^\S+/, (url) => joined(url, base)))
      .join(", ");
  for (const [selector, part] of Object.entries(PARTS))
    for (const one of root.querySelectorAll(selector)) if (!one.part.length) one.part = part;
  for (const template of root.querySelectorAll("template")) whole(template.content, base);
}
