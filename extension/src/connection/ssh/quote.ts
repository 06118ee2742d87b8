/**
 * One line that runs these words, whatever the login shell over there is: in sh, csh and fish alike a quoted text is
 * literal but for quotes, backslashes and exclamation marks, which stand outside of it behind a backslash.
 * Throws for characters that no shell carries on one line.
 */
export function remoteCommand(words: readonly string[]): string {
  return `exec /bin/sh -c ${quote(`exec ${words.map(quote).join(" ")}`)}`;
}

function quote(word: string): string {
  if (/[\0\r\n]/.test(word)) throw new Error(`a line break stands in ${JSON.stringify(word)}; leave it out`);
  return `'${word.replace(/['!\\]/g, "'\\$&'")}'`;
}
