/**
 * Every fact is a row of `events`. A projection's row says which event is the newest word on one entity (`seq`), and
 * holds what lists are filtered and ordered by; the entity itself is that event's payload.
 */
const version1 = `
create table events (
  seq integer primary key autoincrement,
  at integer not null,
  type text not null,
  payload text not null
) strict;
create table cursors (name text primary key, value text not null) strict, without rowid;
create table targets (name text primary key, seq integer not null references events) strict, without rowid;
create table runs (
  id text primary key,
  target text not null,
  state text not null,
  started_at integer not null,
  seq integer not null references events
) strict, without rowid;
create index runs_newest on runs (started_at, id);
create index runs_active on runs (state) where state = 'active';
create table results (
  run_id text not null references runs deferrable initially deferred,
  origin text not null,
  flavor text not null,
  seq integer not null references events,
  primary key (run_id, origin, flavor)
) strict, without rowid;
create table bundles (
  id text primary key,
  run_id text not null references runs deferrable initially deferred,
  target text not null,
  origin text not null,
  flavor text not null,
  at integer not null,
  seq integer not null references events
) strict, without rowid;
create index bundles_of_port on bundles (target, origin, flavor, at, seq);
create table artifacts (
  bundle_id text not null references bundles deferrable initially deferred,
  name text not null,
  sha256 text not null,
  primary key (bundle_id, name)
) strict, without rowid;
create index artifacts_by_content on artifacts (sha256);
create table cases (
  id text primary key,
  target text not null,
  origin text not null,
  flavor text not null,
  state text not null,
  classification text not null,
  search text not null,
  bundle_id text not null references bundles deferrable initially deferred,
  opened_at integer not null,
  seq integer not null references events
) strict, without rowid;
create unique index cases_of_port on cases (target, origin, flavor);
create index cases_newest on cases (opened_at, id);
create index cases_by_state on cases (state);
create table jobs (
  id text primary key,
  case_id text not null references cases deferrable initially deferred,
  state text not null,
  fence integer not null,
  queued_at integer not null,
  seq integer not null references events
) strict, without rowid;
create index jobs_newest on jobs (queued_at, id);
create index jobs_of_case on jobs (case_id, queued_at, id);
create index jobs_by_state on jobs (state);
create table attempts (
  id text primary key,
  case_id text not null references cases deferrable initially deferred,
  job_id text not null references jobs deferrable initially deferred,
  number integer not null,
  seq integer not null references events
) strict, without rowid;
create index attempts_of_case on attempts (case_id, number);
create table turns (
  attempt_id text not null references attempts deferrable initially deferred,
  number integer not null,
  seq integer not null references events,
  primary key (attempt_id, number)
) strict, without rowid;
create table proofs (
  id text primary key,
  case_id text not null references cases deferrable initially deferred,
  seq integer not null references events
) strict, without rowid;
create index proofs_of_case on proofs (case_id, seq);
`;

/** What cases and results are filtered, grouped, ordered and compared by; notes. */
const version2 = `
alter table cases add column signature text not null default '';
alter table cases add column category text not null default '';
alter table cases add column maintainer text not null default '';
alter table cases add column assignee text not null default '';
alter table cases add column needs_person integer not null default 0;
alter table cases add column blocked integer not null default 0;
alter table cases add column ignored integer not null default 0;
alter table cases add column snoozed_until integer not null default 0;
update cases set
  signature = payload ->> 'signature',
  category = substr(origin, 1, max(0, instr(origin, '/') - 1)),
  needs_person = state in ('waiting', 'escalated')
    or (state = 'triaged' and coalesce(payload ->> '$.decision.tier', 'AUTO') <> 'AUTO')
  from events where events.seq = cases.seq;
create index cases_by_impact on cases (blocked, opened_at, id);
create index cases_by_attention on cases (needs_person, blocked, opened_at, id);
create index cases_by_origin on cases (origin, flavor, target);
alter table results add column kind text not null default '';
alter table results add column pkgname text not null default '';
alter table results add column search text not null default '';
update results set
  kind = iif(payload ->> 'fetchedOnly', 'fetched', payload ->> 'kind'),
  pkgname = payload ->> 'pkgname',
  search = lower(iif(flavor = '', origin, origin || '@' || flavor)
    || char(10) || (payload ->> 'phase') || char(10) || (payload ->> 'reason'))
  from events where events.seq = results.seq;
create table notes (
  seq integer primary key references events,
  case_id text references cases deferrable initially deferred,
  kind text not null
) strict;
create index notes_of_case on notes (case_id, seq);
insert into notes select seq, payload ->> 'caseId', 'note' from events where type = 'note/recorded';
`;

const version3 = `
create table deliveries (
  id text primary key,
  case_id text not null references cases deferrable initially deferred,
  at integer not null,
  seq integer not null references events
) strict, without rowid;
create index deliveries_of_case on deliveries (case_id, at, id);
`;

/** What people say to attempts. */
const version4 = `
create table steerings (
  id text primary key,
  case_id text not null references cases deferrable initially deferred,
  state text not null,
  at integer not null,
  seq integer not null references events
) strict, without rowid;
create index steerings_of_case on steerings (case_id, at, id);
create index steerings_waiting on steerings (at, id) where state = 'waiting';
`;

/**
 * What is found of a bundle's event: names of the port, what its failure is and was caused by, and the other lines that were
 * quoted of its log. Bounded, so that the index grows with the number of failures alone.
 */
export const searchDocument = `
select seq,
  concat_ws(' ', payload ->> 'origin', payload ->> 'flavor', payload ->> 'pkgname'),
  concat_ws(char(10), payload ->> '$.diagnosis.classification', payload ->> '$.diagnosis.phase',
    payload ->> '$.diagnosis.signature.id', substr(payload ->> '$.diagnosis.signature.key', 1, 500),
    substr(payload ->> '$.diagnosis.reason', 1, 500), substr(payload ->> '$.diagnosis.cause.text', 1, 1000)),
  substr((select group_concat(value ->> 'text', char(10))
    from json_each(payload, '$.diagnosis.findings')), 1, 4000)
from events`;

/** Search. An index without content holds words and places alone; what is shown is read from the events. */
const version5 = `
alter table bundles add column signature text not null default '';
update bundles set signature = payload ->> '$.diagnosis.signature.id' from events where events.seq = bundles.seq;
create table failures (
  seq integer primary key references events,
  target text not null,
  origin text not null,
  flavor text not null,
  signature text not null,
  classification text not null,
  phase text not null,
  unique (target, origin, flavor, signature)
) strict;
create index cases_state_of_port on cases (target, origin, flavor, state);
insert into failures select max(bundles.seq), target, origin, flavor, signature,
  payload ->> '$.diagnosis.classification', coalesce(payload ->> '$.diagnosis.phase', '')
  from bundles join events using (seq) group by target, origin, flavor, signature;
create virtual table failure_words using fts5 (
  port, cause, evidence, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '3 4'
);
insert into failure_words (rowid, port, cause, evidence) ${searchDocument} where seq in (select seq from failures);
`;

/** Calls that a person has to allow. */
const version6 = `
create table approvals (
  id text primary key,
  case_id text not null references cases deferrable initially deferred,
  at integer not null,
  seq integer not null references events
) strict, without rowid;
create index approvals_of_case on approvals (case_id, at, id);
`;

/** What became of uses of recipes. */
const version7 = `
create table recipe_uses (
  attempt_id text not null references attempts deferrable initially deferred,
  place integer not null,
  recipe text not null,
  classification text not null,
  outcome text not null,
  primary key (attempt_id, place)
) strict, without rowid;
create index recipe_uses_settled on recipe_uses (recipe, classification, outcome) where outcome <> 'open';
`;

/** What failed in a run, for a search in that run. */
const version8 = "create index bundles_of_run on bundles (run_id);";

/** What became of a case, for who asks what happened to it. */
const version9 = "create index events_of_cases on events (payload ->> 'id') where type = 'case/changed';";

/** SQL that leads from schema N (its place here, the empty file being 0) to N + 1. What was published never changes. */
export const published: readonly string[] = [
  ...[version1, version2, version3, version4, version5, version6, version7, version8, version9],
];
