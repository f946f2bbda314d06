/** The ordered sender's statements, one round trip each; what they promise is said in `connectors/ports.ts`. All instants are the database's. */

export const READY = "insert into senders (sender, last_id) values ($1, 0) on conflict (sender) do nothing";

/** $1 sender, $2 holder, $3 lease in ms. It locks and writes nothing while another holds the section. */
export const TAKE = `
update senders set holder = $2, lease_until = clock_timestamp() + $3 * interval '1 millisecond'
where sender = $1 and (holder is null or lease_until < clock_timestamp())
returning exists (select from sender_writes w where w.sender = $1 and w.state = 'open') as open`;

/** $1 sender, $2 holder. */
export const RELEASE = "update senders set holder = null, lease_until = null where sender = $1 and holder = $2 returning true as held";

/** $1 sender, $2 holder, $3 lease in ms, $4 how many ids to draw: none renews the lease. */
export const DRAW = `
update senders set last_id = last_id + $4::integer, lease_until = clock_timestamp() + $3 * interval '1 millisecond'
where sender = $1 and holder = $2
returning last_id`;

/** $1 to $3 as in `DRAW`; $4 key, $5 operation, $6 adapter, $7 request, $8 settle time in ms. */
export const KEEP = `
with drawn as (
  update senders set last_id = last_id + 1, lease_until = clock_timestamp() + $3 * interval '1 millisecond'
  where sender = $1 and holder = $2
  returning last_id
)
insert into sender_writes (sender, id, key, operation, adapter, state, request, holder, kept_at, settle_at)
select $1, last_id, $4, $5, $6, 'open', $7::json, $2, clock_timestamp(), clock_timestamp() + $8 * interval '1 millisecond' from drawn
returning id`;

const COLUMNS = "id, key, state, request, result, clock_timestamp() >= settle_at as due";

/** $1 sender. A write whose key has a result in the ledger, supplied by a person, is not sent again: ids that were not taken are gaps. */
export const OPEN = `
with superseded as (
  update sender_writes w set state = 'superseded', request = null, closed_at = clock_timestamp()
  where sender = $1 and state in ('open', 'left')
    and exists (select from effects where effects.key = w.key and effects.state in ('done', 'rejected'))
  returning id
)
select ${COLUMNS} from sender_writes where sender = $1 and state = 'open' and id not in (select id from superseded)`;

/** $1 sender, $2 id. */
export const MAY_TRY = `
update sender_writes set tried_at = clock_timestamp()
where sender = $1 and id = $2 and (tried_at is null or tried_at < clock_timestamp() - interval '2 seconds')
returning true as mine`;

/** $1 sender, $2 key. */
export const OF_KEY = `select ${COLUMNS} from sender_writes where sender = $1 and key = $2 order by id desc limit 1`;

/** $1 sender, $2 id, $3 state, $4 result. Nothing comes back for a write that is closed already. */
export const CLOSE = `
update sender_writes set state = $3, result = $4::json, request = case $3 when 'left' then request end,
  closed_at = case $3 when 'left' then null else clock_timestamp() end
where sender = $1 and id = $2 and (state = 'open' or state = 'left' and $3 <> 'left')
returning key, operation, adapter`;

/** $1 sender, $2 id, $3 holder: the id is a gap. Only its own holder knows that, and only while nobody else can have sent it since. */
export const NOT_SENT = `
update sender_writes set state = 'absent', request = null, closed_at = clock_timestamp()
where sender = $1 and id = $2 and state = 'open' and holder = $3
  and exists (select from senders where senders.sender = $1 and senders.holder = $3)
returning key, operation, adapter`;

/** $1 sender, $2 id, $3 code, $4 message: what the operators of the write's case are told. */
export const TELL = `
insert into evidence (case_id, key, send, attempt, operation, at, kind, code, message, system, adapter, duration_ms)
select split_part(key, '/', 1), key, coalesce((select max(send) from effects where effects.key = w.key), 1), 'ordered-sender', operation,
  clock_timestamp(), 'unknown', $3, $4, split_part(operation, '.', 1), adapter, 0
from sender_writes w where sender = $1 and id = $2`;
