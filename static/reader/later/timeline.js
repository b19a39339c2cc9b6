// The time line over the page, loaded with this script when it is opened, so that it is always the present one.

const blog = document.querySelector("live-blog");
const sheet = blog.querySelector(".hours");
const course = sheet.querySelector(".course");
const feed = blog.querySelector("[role=feed]");

/** The entries on the page of a row's stretch of time. */
const within = ({ dataset: { from, until } }) =>
  [...feed.children].filter(({ dataset: { publishedAt } }) => from <= publishedAt && publishedAt < until);

/** Opens it at the row of an entry. */
export async function open(address, entry) {
  sheet.showPopover();
  sheet.focus();
  try {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${answer.status}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    course.replaceChildren(...page.querySelector(".course").children);
  } catch {
    course.textContent = sheet.dataset.failed;
  } finally {
    course.setAttribute("aria-busy", "false");
  }
  const here = [...course.querySelectorAll("a")].find((row) => within(row).includes(entry));
  here?.setAttribute("aria-current", "true");
  here?.scrollIntoView({ block: "center" });
  here?.focus({ preventScroll: true });
}

/** To the first entry of the row, where that is on the page: live-blog.js jumps. Otherwise the link leads to it. */
sheet.addEventListener("click", ({ target }) => {
  const row = target.closest("[data-until]");
  if (!row) return;
  const [first] = within(row);
  // Above the first entry of the page there may be more of the same hour.
  if (first && (first.previousElementSibling || !blog.querySelector("[data-end=top]"))) row.dataset.jump = first.id;
  sheet.hidePopover();
});
