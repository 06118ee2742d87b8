const ofJob = /^(?:attempt|rebuild|proof)-[0-9a-z]{16,}/;

/** Whether a name is one that jobs give: such an environment ends with its job, and one found at start is nobody's. */
export function isOfJob(name: string): boolean {
  return ofJob.test(name);
}
