-- Where are the visits of a span cut into pieces of some bytes? Returns the key of the last row of each piece.
-- site_id. first, last: local days. start, end: epoch seconds, half-open. row_bytes: estimate for a row without its
-- texts. piece_bytes: size of a piece; its last row may exceed it. Reads keys and texts of the span, and sorts the keys.
with sized as (
    select   (toUnixTimestamp(visits.start), visit_id, toUInt32(0)) as key,
             sum({row_bytes:UInt32} + byteSize(entry_props, hostname, entry_page, exit_hostname, exit_page, referrer, source,
                                                utm_source, utm_medium, utm_campaign, utm_content, utm_term))
                 over (order by key rows between unbounded preceding and current row) as bytes
    from     visits final
    where    site_id = {site_id:UInt32}
      and    day    >= {first:Date}
      and    day    <= {last:Date}
      and    visits.start >= {start:DateTime('UTC')}
      and    visits.start  < {end:DateTime('UTC')}
)
select   max(key) as last_key
from     sized
group by intDiv(bytes, {piece_bytes:UInt32})
order by last_key
