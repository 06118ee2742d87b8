import type { EventType } from "../../protocol/index.ts";

/** Row of a projection that says which event is the newest word on an entity, by fields of the event's payload. */
interface EntityRow {
  table: string;
  /** Column to field; together they are the table's key. */
  key: Readonly<Record<string, string>>;
}

const byId = (table: string): EntityRow => ({ table, key: { id: "id" } });

/** `build/phase` has no row, and each note is an entity of its own, known by its place in the stream. */
const entityRows: Readonly<Record<Exclude<EventType, "build/phase" | "note/recorded">, EntityRow>> = {
  "target/seen": { table: "targets", key: { name: "name" } },
  "run/changed": byId("runs"),
  "result/recorded": { table: "results", key: { run_id: "runId", origin: "origin", flavor: "flavor" } },
  "bundle/added": byId("bundles"),
  "case/changed": byId("cases"),
  "job/changed": byId("jobs"),
  "attempt/changed": byId("attempts"),
  "turn/recorded": { table: "turns", key: { attempt_id: "attemptId", number: "number" } },
  "proof/recorded": byId("proofs"),
  "steering/changed": byId("steerings"),
  "approval/changed": byId("approvals"),
  "delivery/changed": byId("deliveries"),
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
