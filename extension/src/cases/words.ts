import type { CaseState } from "@portwright/server/protocol";
import type { ConnectionState } from "../connection/state.ts";
import type { Grouping } from "./portFilter.ts";

/** `vscode.l10n.t`, or anything that fills `{0}` alike. */
export type Translate = (message: string, ...args: (string | number)[]) => string;

export { portName } from "@portwright/server/origin";

/** Of a package file's name, e.g. `8.2_1` of `readline-8.2_1.pkg`; "" when there is none. */
export function versionOf(pkgname: string | undefined): string {
  return /-([^-]+?)(?:\.(?:pkg|t[a-z]z|tzst))?$/.exec(pkgname ?? "")?.[1] ?? "";
}

/** `just now`, and then as long as it is. */
export function ageText(milliseconds: number, t: Translate): string {
  return milliseconds < 60_000 ? t("just now") : spanText(milliseconds, t);
}

export function agoText(milliseconds: number, t: Translate): string {
  return milliseconds < 60_000 ? t("just now") : t("{0} ago", spanText(milliseconds, t));
}

/** Whole units, the largest one only: `12 s`, `4 min`, `3 h`, `12 d`. */
export function spanText(milliseconds: number, t: Translate): string {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes < 1) return t("{0} s", Math.floor(milliseconds / 1000));
  if (minutes < 60) return t("{0} min", minutes);
  if (minutes < 24 * 60) return t("{0} h", Math.floor(minutes / 60));
  return t("{0} d", Math.floor(minutes / (24 * 60)));
}

export function turnsText(turns: number, t: Translate): string {
  return turns === 1 ? t("1 turn") : t("{0} turns", turns);
}

export function buildsText(builds: number, t: Translate): string {
  return builds === 1 ? t("1 build") : t("{0} builds", builds);
}

export function stateText(state: CaseState, t: Translate): string {
  const texts: Record<CaseState, string> = {
    open: t("new"),
    triaged: t("diagnosed"),
    patching: t("being repaired"),
    proving: t("being proved"),
    waiting: t("proved fix"),
    escalated: t("needs you"),
    accepted: t("accepted"),
    rejected: t("rejected"),
    delivered: t("delivered"),
    closed: t("builds again"),
  };
  return texts[state];
}

export function groupingText(grouping: Grouping, t: Translate): string {
  const texts: Record<Grouping, string> = {
    none: t("most blocked ports first"),
    class: t("by class"),
    signature: t("by signature"),
    category: t("by category"),
    maintainer: t("by maintainer"),
  };
  return texts[grouping];
}

export function connectionText({ name }: ConnectionState, t: Translate): string {
  const texts: Record<ConnectionState["name"], string> = {
    idle: t("not connected"),
    connecting: t("connecting"),
    connected: t("connected"),
    waiting: t("trying again"),
    stopped: t("not connected"),
  };
  return texts[name];
}
