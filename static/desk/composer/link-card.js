// A link whose card could not be looked up: that is said, with a second try. It may be published as a link all the same.
import { button } from "../shared/dialogs.js";
import { isTemporary, sentence } from "../shared/request.js";

/** `again()` looks it up once more. Of a link that never becomes a card nothing is said. */
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
