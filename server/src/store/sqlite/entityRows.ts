import type { EventType } from "../../protocol/index.ts";

/** Row of a projection that says which event is the newest word on an entity, by fields of the event's payload. */
interface EntityRow {
  table: string;
  /** Column to field; together they are the table's key. */
  key: Readonly<Record<string, string>>;
  /** Further columns that are a field of the payload as it is. */
  same?: Readonly<Record<string, string>>;
}

const byId = (table: string, same: Readonly<Record<string, string>> = {}): EntityRow => ({
  ...{ table, key: { id: "id" }, same },
});

/** `build/phase` has no row, and each note is an entity of its own, known by its place in the stream. */
export const entityRows: Readonly<Record<Exclude<EventType, "build/phase" | "note/recorded">, EntityRow>> = {
  "target/seen": { table: "targets", key: { name: "name" } },
  "run/changed": byId("runs", { target: "target", state: "state", started_at: "startedAt" }),
  "result/recorded": { table: "results", key: { run_id: "runId", origin: "origin", flavor: "flavor" } },
  "bundle/added": byId("bundles", {
    run_id: "runId",
    target: "target",
    origin: "origin",
    flavor: "flavor",
    at: "at",
  }),
  "case/changed": byId("cases", {
    target: "target",
    origin: "origin",
    flavor: "flavor",
    state: "state",
    bundle_id: "bundleId",
  }),
  "job/changed": byId("jobs", { case_id: "caseId", state: "state", fence: "fence" }),
  "attempt/changed": byId("attempts", { case_id: "caseId", job_id: "jobId", number: "number" }),
  "turn/recorded": { table: "turns", key: { attempt_id: "attemptId", number: "number" } },
  "proof/recorded": byId("proofs", { case_id: "caseId" }),
  "steering/changed": byId("steerings", { case_id: "caseId", state: "state" }),
  "approval/changed": byId("approvals", { case_id: "caseId" }),
  "delivery/changed": byId("deliveries", { case_id: "caseId" }),
};

const newestOf = Object.entries(entityRows).map(([type, { table, key }]) => {
  const terms = Object.entries(key).map(([column, field]) => `${column} = e.payload ->> '${field}'`);
  return `when '${type}' then (select seq from ${table} where ${terms.join(" and ")})`;
});

/** SQL: place of the newest event on the entity that the event `e` is about; null when no row has it. */
export const newestSeq = `case e.type ${newestOf.join(" ")} when 'note/recorded' then e.seq end`;

/** SQL: id of the case that the event `e` is about; null for one about none. */
export const caseOfEvent = `case e.type
  when 'case/changed' then e.payload ->> 'id'
  when 'turn/recorded' then (select case_id from attempts where id = e.payload ->> 'attemptId')
  when 'result/recorded' then ${caseOfPort("e.payload ->> 'target'", "e.payload ->> 'origin'", "e.payload ->> 'flavor'")}
  when 'bundle/added' then ${caseOfPort("e.payload ->> 'target'", "e.payload ->> 'origin'", "e.payload ->> 'flavor'")}
  else e.payload ->> 'caseId' end`;

export function caseOfPort(target: string, origin: string, flavor: string): string {
  return `(select id from cases where target = ${target} and origin = ${origin} and flavor = ${flavor})`;
}
