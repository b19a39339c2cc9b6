// The requests of the desk's scripts: JSON, in the name of the user for whom the page was made. If the session has ended, a dialog
// asks for the password and the request is repeated.
import { button, dialog } from "./dialogs.js";

export class Offline extends Error {}

/** A refusal (RFC 9457): `status`; `said`, the answer's JSON; `after`, the seconds of `Retry-After`. */
export class Refused extends Error {
  constructor(answer, said) {
    super(said.detail || said.title || `The server answered ${answer.status}.`);
    Object.assign(this, { status: answer.status, said, after: Number(answer.headers.get("retry-after")) || 0 });
  }
}

/** Whether the same request may succeed later. */
export const isTemporary = (error) =>
  error instanceof Offline || error.status === 408 || error.status === 429 || error.status >= 500;

/** Whether the entry does not exist any more, or the user may not change it. */
export const isClosed = ({ status, said }) => Boolean(said?.closed) || status === 404 || status === 410;

/** The reason of a refusal as a sentence. */
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

/** `{status, content}` of an answer; throws `Refused`. HTML instead of JSON is the sign-in page of some proxy. */
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

/** Sends a request; resolves to `{status, content}`. Throws `Offline` and `Refused`. With 401 it asks for the password first, unless
 * `quietly`. */
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

/** Asks for the password; resolves to true once the user is signed in. One dialog serves all waiting requests. */
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
      go.lastChild.before(elsewhere, button("I have signed in", goOn));
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
