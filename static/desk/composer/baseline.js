// The values with which the form began. The form is pristine while it still holds them. Sending a form sets a new baseline.
import { fingerprint } from "./media.js";

export class Baseline {
  busy = false; // the form's values are being sent
  alone = false; // and the outbox does not have them
  #fields;
  #pictures;
  #now;
  #opened = null; // the baseline before the last sending

  /** `held` are the first pictures of the form. `refused` says that the server refused the form, so its text is saved nowhere. */
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

  /** For `fill()` in composer.js. */
  get values() {
    return { ...JSON.parse(this.#now.fields), pictures: this.#now.held };
  }

  /** The form's present values are the new baseline. */
  begins(held = this.#pictures.value) {
    this.#now = { fields: JSON.stringify(this.#fields.values), held, refused: false };
  }

  /** The form's values are being sent: text typed from now on is another draft. */
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
