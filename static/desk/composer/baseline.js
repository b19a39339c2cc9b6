// What the form began with: against it is measured what was typed. What is sent is the beginning of what is typed from then on.
import { fingerprint } from "./media.js";

export class Baseline {
  busy = false; // what stands in the form is on its way
  alone = false; // and nowhere else
  #fields;
  #pictures;
  #now;
  #opened = null; // what it was before something was sent

  /** `held` are the pictures that the form came with; `refused` is whether the rest was typed before, and is kept nowhere. */
  constructor(fields, pictures, held, refused) {
    [this.#fields, this.#pictures] = [fields, pictures];
    this.#now = { fields: JSON.stringify(fields.first), held, refused };
  }

  get pristine() {
    const { fields, held, refused } = this.#now;
    return (
      !refused &&
      JSON.stringify(this.#fields.values) === fields &&
      fingerprint(this.#pictures.value) === fingerprint(held)
    );
  }

  get refused() {
    return this.#now.refused;
  }

  /** As `fill()` in composer.js takes it. */
  get values() {
    return { ...JSON.parse(this.#now.fields), pictures: this.#now.held };
  }

  /** What stands in the form now is what it begins with. */
  begins(held = this.#pictures.value) {
    this.#now = { fields: JSON.stringify(this.#fields.values), held, refused: false };
  }

  /** What stands in the form is on its way: what is typed from here on is a draft of its own. */
  goes() {
    if (this.busy) return;
    this.#opened = this.#now;
    this.begins();
    this.busy = true;
  }

  comesBack() {
    if (this.#opened) this.#now = this.#opened;
    this.ends();
  }

  ends() {
    this.#opened = null;
    this.busy = this.alone = false;
  }
}
