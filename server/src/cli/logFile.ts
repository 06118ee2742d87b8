import { appendFileSync, renameSync, statSync } from "node:fs";

const maxLogBytes = 10 * 1024 * 1024;

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * Appends lines to `file`; at 10 MB it becomes `file.1`, over an older one, so that two files are the most. What
 * cannot be written, on a full disk for one, is counted and told once there is room: a log ends no server.
 */
export function logFileWriter(file: string, maxBytes = maxLogBytes): (line: string) => void {
  let bytes = sizeOf(file);
  let lost = 0;
  return (line) => {
    const text = lost === 0 ? line : `(${lost} lines could not be written)\n${line}`;
    const size = Buffer.byteLength(text);
    try {
      if (bytes > 0 && bytes + size > maxBytes) {
        renameSync(file, `${file}.1`);
        bytes = 0;
      }
      appendFileSync(file, text, { mode: 0o600 });
      bytes += size;
      lost = 0;
    } catch {
      // There is no other place to tell it.
      lost += 1;
    }
  };
}
