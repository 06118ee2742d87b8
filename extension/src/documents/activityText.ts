import type { Activity } from "@portwright/server/protocol";

/** Who did what when on a case as a document, newest first; `isAll` is false when older ones were left out. */
export function activityText(activity: readonly Activity[], isAll: boolean): string {
  const entries = activity.map(({ at, who, what, text }) => {
    const when = new Date(at).toISOString().replace("T", " ").slice(0, 16);
    return `${[when, who, what].filter(Boolean).join(" · ")}\n${text.replace(/^/gm, "    ")}\n`;
  });
  return [...entries, ...(isAll ? [] : ["...\n"])].join("\n");
}
