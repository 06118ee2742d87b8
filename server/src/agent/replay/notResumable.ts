/** Why an attempt cannot go on from its record; the message is for a person. */
export class NotResumable extends Error {
  constructor(why: string, cause?: unknown) {
    super(`the server ended in the middle of this attempt, and it cannot go on: ${why}`, { cause });
    this.name = "NotResumable";
  }
}
