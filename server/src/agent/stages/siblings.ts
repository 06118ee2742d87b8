import type { Case } from "../../protocol/index.ts";
import type { Store } from "../../store/types.ts";
import type { Sibling } from "../types.ts";
import { settled } from "./kin.ts";

const looked = 50;
const most = 5;
const diffBytes = 4000;

/** Other cases of the same failure or the same port, those with a proved fix first and among them the most settled. */
export async function siblingsOf(
  store: Pick<Store, "cases" | "blobs">,
  subject: Pick<Case, "id" | "origin" | "signature">,
): Promise<Sibling[]> {
  const { id, origin, signature } = subject;
  const same = store.cases({ group: { by: "signature", key: signature } }, { limit: looked }).items;
  const port = store.cases({ origin }, { limit: looked }).items;
  const others = new Map([...same, ...port].map((one) => [one.id, one]));
  others.delete(id);
  const rank = (one: Case): number => (settled(one) < 0 ? Number.MAX_SAFE_INTEGER : settled(one));
  const nearest = [...others.values()]
    .toSorted((a, b) => rank(a) - rank(b) || b.updatedAt - a.updatedAt || (a.id < b.id ? -1 : 1))
    .slice(0, most);
  return Promise.all(
    nearest.map(async (one) => {
      const fix = settled(one) < 0 ? null : await headOf(store, one.diffSha256);
      const sameFailure = one.signature === signature;
      return { subject: one, sameFailure, diff: fix === null ? "" : shown(fix) };
    }),
  );
}

interface Head {
  data: Buffer;
  /** Of the whole. */
  bytes: number;
}

async function headOf({ blobs }: Pick<Store, "blobs">, sha256: string | null): Promise<Head | null> {
  if (sha256 === null || !(await blobs.has(sha256))) return null;
  return blobs.read(sha256, { offset: 0, length: diffBytes });
}

/** A diff that is larger would tell of another kind of work; its beginning says where it went. */
function shown({ data, bytes }: Head): string {
  const head = data.toString();
  return bytes > diffBytes ? `${head}\n[... cut, ${bytes} bytes in all ...]` : head;
}
