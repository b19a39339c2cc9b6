// How many updates wait, in words.

// The words are the interface's, whatever the story's language is; digits as the server writes them.
export const { interface: spoken = "en" } = document.documentElement.dataset;
const plural = new Intl.PluralRules(spoken);
const number = new Intl.NumberFormat(spoken, { numberingSystem: "latn" });

/** `count` by the words in the data of an element, which has them in each plural form of its language. */
export const words = ({ dataset }, count) =>
  (dataset[plural.select(count)] ?? dataset.other).replace("#", number.format(count));

/** Writes a number into an element, by its own words. */
export function say(element, count) {
  element.textContent = words(element, count);
}

/** How many wait, if any; where a key event has a headline, in the words of `short`, with the newest headline. */
export function quote(button, short, { headline, size }) {
  const quoted = document.createElement("bdi");
  quoted.textContent = headline;
  button.replaceChildren(...(headline ? [`${words(short, size)} · `, quoted] : [size ? words(button, size) : ""]));
}
