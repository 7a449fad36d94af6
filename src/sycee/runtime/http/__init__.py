"""HTTP plumbing: declared routes, `problem+json`, keys, pages and rates; no rule of any product.

A slice's `api.py` declares its routes and exports them; `doors/http` mounts them. There are five
sorts, and none of them contains an `if`:

    from sycee.kit import ids
    from sycee.runtime.db import Tx
    from sycee.runtime.http.caller import Caller
    from sycee.runtime.http.pages import Listing, Page
    from sycee.runtime.http.routes import hot, read, stream, write
    from sycee.runtime.http.shapes import Amount, Body, Currency, Reference, Text, public_id

    class ShipBody(Body, frozen=True):          # a strict msgspec struct
        carrier: Text
        freight_minor: Amount                   # an int from 1 to 2^53, never "1", 1.0 or true
        shop: Annotated[str, public_id("par")]  # read it with ids.parse("par", body.shop, "shop")

    @write(
        "/v1/trades/{trade:trd}/ship",          # {name:noun} arrives as a UUID, {name} as text
        "escrow.ship", actions.ship,            # the verb on the key's row, and the singular action
        scope="trades:write", gives=actions.Shipped, refuses=(TradeNotFound, TradeNotShippable),
    )
    def ship(body: ShipBody, *, caller: Caller, trade: UUID) -> actions.Ship:
        \"\"\"Say that the goods are on their way.\"\"\"      # the summary in OpenAPI
        return actions.Ship(trade=trade, by=caller.party, carrier=body.carrier, ...)

    @hot("/v1/trades/{trade:trd}/pay", "escrow.pay", actions.pay, ...)     # plural, through a lane
    def pay(*, caller: Caller, trade: UUID) -> actions.Pay: ...

    @read("/v1/trades/{trade:trd}", scope="trades:read", gives=TradeView, refuses=(TradeNotFound,))
    def trade(tx: Tx, *, caller: Caller, trade: UUID) -> TradeView: ...    # one snapshot

    @read("/v1/trades", scope="trades:read", gives=Listing[TradeView])
    def trades(tx: Tx, *, caller: Caller, page: Page, state: TradeState | None = None
               ) -> Listing[TradeView]:
        rows = store.trades_of(tx, caller.party, state, after=page.after, limit=page.fetch)
        return page.of(rows, key=lambda row: row.id)   # keyword arguments left over are the query

    @direct("/v1/keys", scope="operator", gives=KeyIssued)    # a POST whose answer is never stored
    def issue(database: Database, body: KeyBody, *, caller: Caller) -> KeyIssued: ...

    @stream("/v1/sales/stream", scope="transfers:read", gives=SaleEvent)   # server-sent events
    def happen(tx: Tx, *, caller: Caller, after: str | None) -> Strand: ...

    routes = [ship, pay, trade, trades, issue, happen]

A function built by `write` or `hot` only turns the request into the action's command (a frozen
msgspec struct, which must hold everything the action depends on, since its digest guards the key);
it runs on the event loop, so it must not block. The action of `hot` runs in another process, where
nothing of the server's memory is: it has its transaction and its commands, and nothing else.
`read` and `direct` run in a pool of threads that callers share fairly; one that looks at thousands
of rows says `slow=True`, or which bodies are slow, and has a pool apart. `read` may ask for
`database: Database` in place of `tx`; with neither it runs at once on the event loop. `scope=None`
makes a route public, and then `caller` may not be asked for.
"""
