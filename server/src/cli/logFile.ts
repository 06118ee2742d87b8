import { appendFileSync, renameSync, statSync } from "node:fs";

const maxLogBytes = 10 * 1024 * 1024;

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Appends lines to `file`; at 10 MB it becomes `file.1`, over an older one, so that two files are the most. */
export function logFileWriter(file: string, maxBytes = maxLogBytes): (line: string) => void {
  let bytes = sizeOf(file);
  return (line) => {
    if (bytes > 0 && bytes + line.length > maxBytes) {
      renameSync(file, `${file}.1`);
      bytes = 0;
    }
    appendFileSync(file, line, { mode: 0o600 });
    bytes += Buffer.byteLength(line);
  };
}
