/** The ledger's statements, one round trip each; what they promise is said in `effects.ts`. */

/**
 * $1 key, $2 send, $3 case, $4 operation, $5 adapter, $6 input hash, $7 deadline in ms, $8 token of this call, $9 attempt.
 * A row comes back for the caller that may send. The token lets a call whose answer was lost find its own row.
 * A result that another send of the key has got meanwhile, such as a late answer, forbids a further send; so does a later send that may still
 * arrive, which only a case has that was reset to an earlier state.
 */
const intend = (held: string, unless: string): string => `
${held}insert into effects as present (key, send, case_id, operation, adapter, input_hash, state, token, attempt, attempts, intended_at, deadline_ms)
select $1, $2::integer, $3, $4, $5, $6, 'intended', $8, $9, 1, clock_timestamp(), $7::integer
where not exists (
  select from effects other where other.key = $1 and other.send <> $2
  and (other.state in ('done', 'rejected') or other.send > $2 and other.state in ('intended', 'unknown'))
)${unless}
on conflict (key, send) do update set
  state = 'intended', token = excluded.token, attempt = excluded.attempt,
  attempts = present.attempts + case present.state when 'not-sent' then 1 else 0 end,
  adapter = excluded.adapter, intended_at = excluded.intended_at, deadline_ms = excluded.deadline_ms, reason = null, settled_at = null
where (present.state = 'not-sent' and present.input_hash = excluded.input_hash)
   or (present.state = 'intended' and present.token = excluded.token)
returning true as mine`;

export const INTEND = intend("", "");

/** And $10: how often the case has looked ahead. Its row is held, so that a look ahead at the same moment sees this intent or forbids it. */
export const INTEND_FENCED = intend(
  "with held as materialized (select fence from cases where case_id = $3 for share)\n",
  "\n  and not exists (select from held where fence > $10::integer)",
);

/** $1 case, $2 fence. The row's lock waits for intents under way; what they wrote is read by the next statement. */
export const FENCE = "update cases set fence = greatest(fence, $2::integer) where case_id = $1 returning state";

/** $1 case. */
export const AHEAD = "select distinct key from effects where case_id = $1 and state in ('intended', 'done', 'unknown') order by key";

/** $1 to $7 as in `INTEND`; the row for a result that no send of ours brought. Invisible to others until it is settled in the same transaction. */
export const FOUND = `
insert into effects (key, send, case_id, operation, adapter, input_hash, state, token, attempts, intended_at, deadline_ms)
values ($1, $2, $3, $4, $5, $6, 'intended', 'found', 0, clock_timestamp(), $7)
on conflict (key, send) do nothing`;

/**
 * $1 key, $2 send, $3 state, $4 output, $5 its hash, $6 warnings, $7 code, $8 message, $9 reason, $10 attempt.
 * All rows of the key are locked first, so that of two sends that end at the same moment the second sees the first's output.
 * "Not sent" is believed only of the attempt that set the row to intended: a belated word of an earlier one must not free it for a third.
 */
export const SETTLE = `
with locked as materialized (
  select send, state, attempt, output, output_hash, conflict is not null as noted from effects where key = $1 order by send for update
), other as (
  select send, output from locked where $3::text = 'done' and send <> $2 and state = 'done' and output_hash <> $5 order by send limit 1
), judged as (
  select case
    when state = 'intended' and ($3 <> 'not-sent' or $10::text is null or attempt is not distinct from $10) then 'write'
    when state = 'not-sent' and $3 <> 'not-sent' then 'write'
    when state = 'unknown' and $3 in ('done', 'rejected') then 'write'
    when $3 = 'done' and (state = 'rejected' or state = 'done' and output_hash <> $5) then 'note'
    when $3 = 'done' and noted then 'noted'
    else 'keep' end as act
  from locked where send = $2
), written as (
  update effects set
    state = $3, output = $4::json, output_hash = $5, warnings = $6::json, code = $7, message = $8, reason = $9, settled_at = clock_timestamp(),
    conflict = (select json_build_object('send', other.send, 'output', other.output) from other)
  from judged where key = $1 and effects.send = $2 and act = 'write'
), noted as (
  update effects set conflict = coalesce(conflict, json_build_object('send', $2::integer, 'output', $4::json))
  from judged where key = $1 and effects.send = $2 and act = 'note'
)
select case
  when act in ('note', 'noted') or act = 'write' and exists (select from other) then 'duplicate-effect'
  when act = 'write' then 'written'
  else 'kept' end as verdict
from judged`;
