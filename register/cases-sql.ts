/** The statements of the table `cases` that every start and every publication runs, one round trip each. */

/**
 * $1 case id, $2 channel, $3 key hash, $4 body hash, $5 service, $6 municipality.
 * The empty update makes a present row come back, also when it was inserted a moment ago.
 */
export const RESERVE = `
insert into cases as present (case_id, channel, key_hash, body_hash, service, municipality, confirmed)
values ($1, $2, $3, $4, $5, $6, false)
on conflict (channel, key_hash) do update set key_hash = present.key_hash
returning case_id, confirmed, xmax = 0 as inserted, body_hash = $4 and service = $5 and municipality = $6 as same`;

export const CONFIRM = `
with confirmed as (
  update cases set confirmed = true, updated_at = clock_timestamp() where case_id = $1 and not confirmed returning case_id
)
select exists (select from cases where case_id = $1) as known, (select count(*) from confirmed) as changed`;

/**
 * $1 case id, $2 first run id, $3 service, $4 municipality, $5 channel, $6 office, $7 applicant, $8 presented at, $9 version.
 * The number is drawn only when the case has none. Two opens at the same moment may both draw: the second finds the first's number and keeps it,
 * so that a number may stay unused, and none is given twice. No row comes back when the id belongs to another execution.
 * The version of the first open stays: what a run pinned whose history was lost is pinned again, since its calls may have been made.
 */
export const OPEN = `
with instant as (
  select coalesce($8::timestamptz, clock_timestamp()) as at, extract(year from coalesce($8::timestamptz, clock_timestamp()) at time zone 'Europe/Rome')::integer as year
), drawn as (
  insert into receipt_counters as counter (municipality, year, last)
  select $4, year, 1 from instant
  where not exists (select from cases where case_id = $1 and (receipt_number is not null or service <> $3 or municipality <> $4))
  on conflict (municipality, year) do update set last = counter.last + 1
  returning year, last
), receipt as (
  select upper($4) || '-' || year || '-' || lpad(last::text, greatest(6, length(last::text)), '0') as number from drawn
)
insert into cases as present (case_id, first_run_id, service, municipality, channel, office, applicant, version, receipt_number, receipt_at, confirmed)
select $1, $2, $3, $4, $5, $6, $7, $9, (select number from receipt), at, true from instant
on conflict (case_id) do update set
  first_run_id = excluded.first_run_id, office = excluded.office, applicant = excluded.applicant, version = coalesce(present.version, excluded.version), confirmed = true,
  receipt_at = case when present.receipt_number is null then excluded.receipt_at else present.receipt_at end,
  receipt_number = coalesce(present.receipt_number, excluded.receipt_number),
  updated_at = case when present.first_run_id is null then clock_timestamp() else present.updated_at end
where (present.first_run_id is null or present.first_run_id = excluded.first_run_id)
  and present.service = excluded.service and present.municipality = excluded.municipality
returning receipt_number as number, receipt_at as at, version`;

/**
 * $1 case id, $2 number, $3 state, $4 waiting for, $5 step, $6 office, $7 outcome, $8 protocol number, $9 problem, $10 due, $11 closed at, $12 status,
 * $13 fence: a run that was overtaken by a look ahead has nothing to say any more; null believes all.
 * The notice goes out with the commit, and only when the row was changed.
 */
export const PUBLISH = `
with changed as (
  update cases set
    number = $2, state = $3, waiting_for = $4, step = $5, office = coalesce($6, office), outcome = $7, protocol_number = $8, problem = $9, due = $10,
    closed_at = $11, status = $12, updated_at = clock_timestamp()
  where case_id = $1 and (number is null or number < $2) and ($13::integer is null or fence <= $13)
  returning pg_notify('case_status', case_id || ' ' || $2::bigint)
)
select (select count(*) from changed) as changed, exists (select from cases where case_id = $1) as known`;
