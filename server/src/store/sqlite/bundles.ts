import type { Database } from "better-sqlite3";
import type { Bundle } from "../../protocol/index.ts";
import type { Store } from "../types.ts";
import { type Appliers, entities } from "./projection.ts";
import { searchProjection } from "./search.ts";

/** Bundles, which content each of them holds on to, and what is found of them. */
export function bundleProjection(
  db: Database,
  now: () => number,
): Pick<Store, "bundle" | "bundlesOf" | "search"> & { appliers: Appliers } {
  const { applyBundle, search } = searchProjection(db, now);
  const putBundle = db.prepare(
    "insert into bundles values (@id, @runId, @target, @origin, @flavor, @at, @seq, @signature) on conflict do update " +
      "set run_id = excluded.run_id, at = excluded.at, seq = excluded.seq, signature = excluded.signature",
  );
  const dropArtifacts = db.prepare("delete from artifacts where bundle_id = ?");
  const putArtifact = db.prepare("insert into artifacts values (?, ?, ?)");
  const bundle = entities<Bundle>(db, "select payload from bundles join events using (seq) where id = ?");
  const bundlesOf = entities<Bundle>(
    db,
    `select payload from bundles join events using (seq) where target = ? and origin = ? and flavor = ?
     order by bundles.at desc, bundles.seq desc`,
  );

  return {
    appliers: {
      "bundle/added": (added, seq) => {
        const { id, runId, target, origin, flavor, at, artifacts, diagnosis } = added;
        putBundle.run({ id, runId, target, origin, flavor, at, seq, signature: diagnosis.signature.id });
        applyBundle(added, seq);
        dropArtifacts.run(id);
        for (const { name, sha256 } of artifacts) putArtifact.run(id, name, sha256);
      },
    },
    search,
    bundle: (id) => bundle.one(id),
    bundlesOf: (target, origin, flavor) => bundlesOf.all(target, origin, flavor),
  };
}
