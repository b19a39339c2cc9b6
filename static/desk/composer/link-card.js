// The message for a link whose card could not be fetched, with a button to try again. The link can be published anyway.
import { button } from "../shared/dialogs.js";
import { isTemporary, sentence } from "../shared/request.js";

/** `again()` fetches the card again. A link that can never become a card gets no message. */
export function failed(box, url, error, again) {
  if (!isTemporary(error)) return;
  const said = Object.assign(document.createElement("span"), { role: "status" });
  const { message } = error.said ? error : { message: "the server does not answer" };
  said.append(
    "No card yet for ",
    Object.assign(document.createElement("bdi"), { textContent: url }),
    `: ${sentence(message)}`,
  );
  box.replaceChildren(
    said,
    button("Try again", again),
    button("Hide", () => (box.hidden = true), "plain"),
  );
  box.hidden = false;
}
