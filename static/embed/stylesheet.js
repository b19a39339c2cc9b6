// The stylesheet of all elements, made by script: a page's policy for styles does not reach it.

const sheets = new Map(); // address -> promise of a stylesheet

async function load(url) {
  const answer = await fetch(url, { credentials: "omit" });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return new CSSStyleSheet().replace(await answer.text());
}

/** The stylesheet at an address, loaded once; undefined where there is none. */
export function sheet(url) {
  if (!sheets.has(url))
    sheets.set(
      url,
      load(url).catch(() => void sheets.delete(url)),
    );
  return sheets.get(url);
}
