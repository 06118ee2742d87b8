import { caseOfEvent, caseOfPort, newestSeq } from "./entityRows.ts";

/** SQL: nobody works on that case, and it has been closed for a while; so is what has no case. */
const rests = (caseId: string): string => `not exists (
  select 1 from cases c join events ce using (seq)
  where c.id = ${caseId} and (c.state <> 'closed' or ce.at >= @closed))`;

/** What a later event of the same entity has overtaken, and no search shows. */
const overtaken = `e.at < @events and (e.type = 'build/phase' or ${newestSeq} <> e.seq)
  and not (e.type = 'bundle/added' and exists (select 1 from failures where seq = e.seq))`;

const trace = `e.type = 'turn/recorded' and e.at < @traces and exists (
  select 1 from attempts a join events ae using (seq)
  where a.id = e.payload ->> 'attemptId' and ae.payload ->> 'endedAt' is not null)`;

/** The event `e` goes. */
export const removable = `((${overtaken}) or (${trace})) and ${rests(caseOfEvent)}`;

/** The row `a` of artifacts goes. Logs of good builds stay: failing ones are compared with them. */
export const letGo = `exists (
  select 1 from bundles b join events be using (seq)
  where b.id = a.bundle_id and b.at < @logs and be.payload ->> '$.diagnosis.outcome' <> 'succeeded'
    and ${rests(caseOfPort("b.target", "b.origin", "b.flavor"))})`;

const restingPayload = (type: string, limit: string, paths: string): string =>
  `when e.type = '${type}' and e.at < ${limit} and ${rests("e.payload ->> 'caseId'")} then json_remove(payload, ${paths})`;

/** Payloads that hold on to contents by naming their hashes; bundles do so by the rows of artifacts. */
export const holders = `select seq, case
    ${restingPayload("proof/recorded", "@proofs", "'$.baseline.logSha256', '$.build.logSha256', '$.checks', '$.dependents'")}
    ${restingPayload("attempt/changed", "@traces", "'$.briefing'")}
    else payload end as payload
  from events e where seq > @from and seq <= @to
    and type not in ('target/seen', 'run/changed', 'result/recorded', 'bundle/added', 'job/changed', 'build/phase')`;
