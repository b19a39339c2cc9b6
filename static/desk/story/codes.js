// "Put it on your site": copies the codes, and shows them and the preview anew while the options change. The server makes all
// of them, so that there is one list of options.

const WAIT = 300, // milliseconds without a key
  PATIENCE = 15_000,
  SAID = 4_000;
const { here } = document.querySelector(".put").dataset;
const form = document.querySelector(".options");
const said = form.querySelector("[role=status]");
let waiting = null,
  under = null; // AbortController of the request

function ready(root) {
  for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
}

/** The address of the page with the options of the form; empty ones are left out. */
function address() {
  const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value.trim()));
  return query.size ? `${here}?${query}` : here;
}

async function load() {
  clearTimeout(waiting);
  under?.abort();
  const mine = (under = new AbortController());
  const url = address();
  let page;
  try {
    const answer = await fetch(url, { signal: AbortSignal.any([mine.signal, AbortSignal.timeout(PATIENCE)]) });
    if (new URL(answer.url).pathname !== here) return location.assign(url); // signed out
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page.querySelector(".put")) throw new Error(`${answer.status}`);
  } catch {
    if (!mine.signal.aborted) said.textContent = said.dataset.failed;
    return;
  }
  if (mine.signal.aborted) return;
  said.textContent = "";
  level(page);
  show(page.querySelector("#preview"));
  const codes = document.querySelector("#codes"),
    newer = page.querySelector("#codes");
  ready(newer);
  if (codes.innerHTML !== newer.innerHTML) codes.replaceWith(document.adoptNode(newer));
  history.replaceState(null, "", url);
}

/** What is wrong with each field. The fields themselves stay, somebody is typing in them. */
function level(page) {
  for (const control of form.querySelectorAll("[id]:is(input, select)")) {
    const newer = page.getElementById(control.id);
    for (const name of ["aria-invalid", "aria-describedby"]) {
      const value = newer.getAttribute(name);
      value === null ? control.removeAttribute(name) : control.setAttribute(name, value);
    }
    control.parentElement.querySelector(".wrong")?.remove();
    const wrong = newer.parentElement.querySelector(".wrong");
    if (wrong) control.after(document.adoptNode(wrong));
  }
}

/** The preview is the widget itself: the loader (/embed.js) reads the attributes. */
function show(newer) {
  const around = document.querySelector("#preview");
  around.dataset.width = newer.dataset.width;
  const box = around.querySelector("[data-liveblog]"),
    wanted = newer.querySelector("[data-liveblog]").dataset;
  if (JSON.stringify({ ...box.dataset }) === JSON.stringify({ ...wanted })) return;
  for (const name of Object.keys(box.dataset)) delete box.dataset[name];
  Object.assign(box.dataset, wanted);
  box.replaceChildren();
  window.liveblog?.scan(around);
}

/** Copies a field's text. Where the browser does not allow it, its text is selected. Resolves to whether it was copied. */
async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    field.focus();
    field.select();
    return document.execCommand("copy");
  }
}

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  const status = button.parentElement.querySelector("[role=status]"),
    word = button.firstElementChild;
  const done = await copy(document.getElementById(button.dataset.copy));
  status.classList.toggle("aside", done);
  status.textContent = done ? status.dataset.copied : status.dataset.selected;
  if (!done) return;
  button.focus();
  button.dataset.done = "";
  word.textContent = "Copied";
  setTimeout(() => {
    delete button.dataset.done;
    word.textContent = "Copy";
    status.textContent = "";
  }, SAID);
});

// A link within the preview would take the desk away.
document.querySelector("#preview").addEventListener(
  "load",
  ({ target }) => {
    const base = target.contentDocument?.querySelector("base");
    if (base) base.target = "_blank";
  },
  true,
);

form.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(load, WAIT);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  load();
});
form.querySelector("[data-show]").hidden = true;
ready(document);
