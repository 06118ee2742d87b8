import { isUtf8 } from "node:buffer";
import type { Case } from "../../protocol/index.ts";
import type { Store } from "../../store/types.ts";
import type { KinFix } from "../recipes/kin.ts";

const looked = 50;
const most = 3;
const fixBytes = 64 * 1024;
const mended: readonly Case["state"][] = ["delivered", "accepted", "closed", "waiting"];

/** How settled a proved fix of a case is, the most settled first; -1 for a case that has none. A proof stands behind its diff. */
export const settled = ({ state, proofId, diffSha256 }: Case): number =>
  proofId !== null && diffSha256 !== null ? mended.indexOf(state) : -1;

/**
 * What was proved for other cases of the same failure, changes that are alike once: the first ones that were proved, in that
 * order, so that it stays the same as more come. One that is too large, or no UTF-8 (it would not be the same in another
 * port), is left out.
 */
export async function kinFixesOf(
  store: Pick<Store, "cases" | "blobs" | "proofsOf">,
  { id, signature }: Pick<Case, "id" | "signature">,
): Promise<KinFix[]> {
  const group = { by: "signature", key: signature } as const;
  const found = store
    .cases({ group, states: mended }, { limit: looked })
    .items.filter((one) => one.id !== id && settled(one) >= 0)
    .map((one) => ({ one, provedAt: provedAt(store, one) }))
    .toSorted((a, b) => a.provedAt - b.provedAt || (a.one.id < b.one.id ? -1 : 1));
  const fixes = new Map<string, KinFix>();
  for (const { one, provedAt } of found) {
    const { origin } = one;
    const diff = await wholeText(store, one.diffSha256 ?? "");
    if (diff === null) continue;
    const shape = diff.replaceAll(`/ports/${origin}/`, "/").replace(/^index .*$/gm, "");
    if (!fixes.has(shape)) fixes.set(shape, { origin, diff, provedAt });
  }
  return [...fixes.values()].slice(0, most);
}

const provedAt = (store: Pick<Store, "proofsOf">, { id, proofId, updatedAt }: Case): number =>
  store.proofsOf(id).find((proof) => proof.id === proofId)?.endedAt ?? updatedAt;

async function wholeText({ blobs }: Pick<Store, "blobs">, sha256: string): Promise<string | null> {
  if (!(await blobs.has(sha256))) return null;
  const { data, bytes } = await blobs.read(sha256, { offset: 0, length: fixBytes });
  return bytes === data.length && isUtf8(data) ? data.toString() : null;
}
