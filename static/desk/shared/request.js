// Requests of the desk's scripts: JSON, in the name of who the page was made for. Where the session has ended, a dialog asks
// for the password and the request goes on.
import { button, dialog } from "./dialogs.js";

export class Offline extends Error {}

/** A refusal (RFC 9457): `status`, `detail`, `errors` and what else it says. */
export class Refused extends Error {
  constructor(answer, said) {
    super(said.detail || said.title || `The server answered ${answer.status}.`);
    Object.assign(this, { status: answer.status, said, after: Number(answer.headers.get("retry-after")) || 0 });
  }
}

/** Whether what failed so may go through another time. */
export const isTemporary = (error) =>
  error instanceof Offline || error.status === 408 || error.status === 429 || error.status >= 500;

/** Whether what was to be changed is not there any more, or not the user's to change. */
export const isClosed = ({ status, said }) => Boolean(said?.closed) || status === 404 || status === 410;

/** What was refused, as a sentence on a page. */
export const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1).replace(/\.$/, "")}.`;

let who = { id: "", email: "", name: "", signsOn: false };
export const setUser = (user) => {
  who = user;
};

export const headers = () => ({ Accept: "application/json", "X-Desk-User": who.id });

async function once(url, options) {
  let answer;
  try {
    answer = await fetch(url, {
      ...options,
      headers: { ...headers(), ...options.headers },
      signal: options.signal ?? AbortSignal.timeout(options.patience ?? 30_000),
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Offline(error.message);
  }
  return readResponse(answer.status, answer.headers, () => answer.text());
}

/** What an answer says, or `Refused`. A page instead of JSON is somebody's sign-in page in between. */
export async function readResponse(status, given, read) {
  let text;
  try {
    text = await read();
  } catch (error) {
    throw new Offline(error.message);
  }
  const json = (given.get("content-type") ?? "").includes("json");
  if (status >= 200 && status < 300 && (json || status === 204))
    return { status, content: text ? JSON.parse(text) : null };
  throw new Refused({ status: status < 300 ? 502 : status, headers: given }, json ? JSON.parse(text) : {});
}

/** `{status, content}`. Throws `Offline` and `Refused`; asks for the password first where that is what is missing. */
export async function ask(url, { quietly = false, ...options } = {}) {
  for (;;) {
    try {
      return await once(url, options);
    } catch (error) {
      if (error.status !== 401 || quietly || !(await signIn(error))) throw error;
    }
  }
}

let asking = null;

/** Asks for the password; true once the session goes on. One dialog, however many requests wait for it. */
export function signIn(error = null) {
  asking ??= new Promise((resolve) => {
    const { element, form, go, close } = dialog("Sign in to go on", { label: "Sign in", closed: () => resolve(false) });
    const said = document.createElement("p");
    said.className = "hint";
    said.textContent = error?.message.startsWith("somebody else")
      ? `Somebody else has signed in on this device. Sign in as ${who.name} to send what you wrote.`
      : "Your session has ended. What you typed is safe, and is sent when you have signed in.";
    const wrong = document.createElement("p");
    wrong.className = "wrong";
    wrong.setAttribute("role", "alert");
    const password = document.createElement("input");
    Object.assign(password, {
      type: "password",
      autocomplete: "current-password",
      required: true,
      id: "again-password",
    });
    const email = document.createElement("input");
    Object.assign(email, {
      type: "email",
      autocomplete: "username",
      value: who.email,
      readOnly: true,
      id: "again-email",
    });
    form.prepend(said, wrong, labelled("E-mail", email), labelled("Password", password));
    const goOn = () => {
      resolve(true);
      close();
      document.dispatchEvent(new CustomEvent("desk:signed-in"));
    };
    if (who.signsOn) {
      const elsewhere = Object.assign(document.createElement("a"), {
        className: "button",
        href: "/desk/oidc",
        target: "_blank",
        textContent: "Sign in with your organisation",
      });
      go.lastChild.before(elsewhere, button("I have: go on", goOn));
    }
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      wrong.textContent = "";
      try {
        await once("/desk/login", {
          method: "POST",
          body: new URLSearchParams({ email: who.email, password: password.value }),
        });
        goOn();
      } catch (refused) {
        if (refused.status === 403) password.value = "";
        password.focus();
        wrong.textContent =
          refused instanceof Offline
            ? "The server cannot be reached. Try again in a moment."
            : refused.status === 403
              ? "The password is not right."
              : refused.status === 429
                ? "Too many tries. Wait a moment."
                : `The password could not be checked, the server answered ${refused.status}. Try again in a moment.`;
      }
    });
    element.showModal();
    password.focus();
  }).finally(() => {
    asking = null;
  });
  return asking;
}

export function labelled(text, control, hint = "") {
  const field = document.createElement("p");
  field.className = "field";
  const label = document.createElement("label");
  label.htmlFor = control.id;
  label.textContent = text;
  field.append(label, control);
  if (hint) {
    const said = document.createElement("small");
    Object.assign(said, { id: `${control.id}-hint`, className: "said", textContent: hint });
    control.setAttribute("aria-describedby", said.id);
    field.append(said);
  }
  return field;
}
