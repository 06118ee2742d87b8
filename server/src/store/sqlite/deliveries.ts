import type { Database } from "better-sqlite3";
import type { Delivery } from "../../protocol/index.ts";
import type { Store } from "../types.ts";
import { type Appliers, entities } from "./projection.ts";

/** What was put into the operator's repository. */
export function deliveryProjection(
  db: Database,
): Pick<Store, "delivery" | "deliveriesOf"> & { appliers: Appliers } {
  const put = db.prepare(
    "insert into deliveries values (@id, @caseId, @at, @seq) on conflict do update set seq = excluded.seq",
  );
  const one = entities<Delivery>(db, "select payload from deliveries join events using (seq) where id = ?");
  const ofCase = entities<Delivery>(
    db,
    `select payload from deliveries join events using (seq) where case_id = ?
     order by deliveries.at desc, id desc`,
  );
  return {
    appliers: {
      "delivery/changed": ({ id, caseId, at }, seq) => void put.run({ id, caseId, at, seq }),
    },
    delivery: (id) => one.one(id),
    deliveriesOf: (caseId) => ofCase.all(caseId),
  };
}
