// The time line over the page, loaded with this script when it is opened, so that it is always the present one.

const LATE = 1_000; // milliseconds; then the old rows go before the new ones are there

const blog = document.querySelector("live-blog");
const sheet = blog.querySelector(".hours");
const course = sheet.querySelector(".course");
const feed = blog.querySelector("[role=feed]");

/** The entries on the page of a row's stretch of time. */
const within = ({ dataset: { from, until } }) =>
  [...feed.children].filter(({ dataset: { publishedAt } }) => from <= publishedAt && publishedAt < until);

let opened; // the address, and the entry in view
let placed; // whether its row was shown
let loading = null; // AbortController of the answer that is awaited

/** Opens it at the row of an entry. */
export function open(address, entry) {
  opened = { address, entry };
  placed = false;
  sheet.showPopover();
  sheet.focus();
  return load();
}

async function load() {
  loading?.abort();
  const { signal } = (loading = new AbortController());
  course.setAttribute("aria-busy", "true");
  let rows;
  try {
    const answer = await fetch(opened.address, { signal });
    if (!answer.ok) throw new Error(`${answer.status}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    rows = page.querySelector(".course").children;
  } catch {
    rows = [sheet.dataset.failed];
  }
  if (signal.aborted) return;
  loading = null;
  const { activeElement } = document;
  const focused = course.contains(activeElement) && activeElement.dataset.from;
  course.replaceChildren(...rows);
  course.setAttribute("aria-busy", "false");
  const links = [...course.querySelectorAll("a")];
  const here = links.find((row) => within(row).includes(opened.entry));
  here?.setAttribute("aria-current", "true");
  if (!placed) {
    here?.scrollIntoView({ block: "center" });
    here?.focus({ preventScroll: true });
  } else if (focused) (links.find(({ dataset }) => dataset.from === focused) ?? sheet).focus({ preventScroll: true });
  placed = true;
}

/** Something may have been taken down: the time line does not keep its text, open or closed. */
function renew() {
  if (sheet.matches(":popover-open")) {
    load();
    setTimeout(() => loading && course.replaceChildren(), LATE);
  } else {
    loading?.abort();
    course.replaceChildren();
  }
}
document.addEventListener("liveblog:event", ({ detail }) => detail.kind === "entry.removed" && renew());
blog.addEventListener("liveblog:reset", renew);

/** To the first entry of the row, where that is on the page: live-blog.js jumps. Otherwise the link leads to it. */
sheet.addEventListener("click", ({ target }) => {
  const row = target.closest("[data-until]");
  if (!row) return;
  const [first] = within(row);
  // Above the first entry of the page there may be more of the same hour.
  if (first && (first.previousElementSibling || !blog.querySelector("[data-end=top]"))) row.dataset.jump = first.id;
  sheet.hidePopover();
});
