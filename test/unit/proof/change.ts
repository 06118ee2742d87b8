export const origin = "devel/thing";

/** A diff of one file of the port's overlay folder. */
export function change(name: string, removed: string[], added: string[], head: string[] = []): string {
  return edit(name, [...removed.map((line) => `-${line}`), ...added.map((line) => `+${line}`)], head);
}

/** The same of lines that bear their marks, those of the file around the change among them. */
export function edit(name: string, lines: readonly string[], head: string[] = []): string {
  const path = `ports/${origin}/${name}`;
  const without = (mark: string) => lines.filter((line) => !line.startsWith(mark)).length;
  return [
    `diff --git a/${path} b/${path}`,
    ...head,
    `--- a/${path}`,
    `+++ b/${path}`,
    `@@ -1,${without("+")} +1,${without("-")} @@`,
    ...lines,
    "",
  ].join("\n");
}

/** A new patch of one file of the software. */
export const patch = (file: string, lines: readonly string[]): string =>
  change(
    `dragonfly/patch-${file.replaceAll("/", "_")}`,
    [],
    [`--- ${file}.orig`, `+++ ${file}`, `@@ -1,9 +1,9 @@`, ...lines],
  );
