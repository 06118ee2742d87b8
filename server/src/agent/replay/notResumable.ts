/** Why an attempt cannot go on from its record; the message is for a person. */
export class NotResumable extends Error {
  constructor(why: string, cause?: unknown) {
    super(`this attempt was cut short, and it cannot go on: ${why}`, { cause });
    this.name = "NotResumable";
  }
}
