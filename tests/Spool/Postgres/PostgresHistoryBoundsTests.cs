using Postfleet.Spool.Tests.Contract;

namespace Postfleet.Spool.Tests.Postgres;

public sealed class PostgresHistoryBoundsTests : HistoryBoundsContract
{
    private readonly PostgresPlace _place;

    public PostgresHistoryBoundsTests() : this(new PostgresPlace())
    {
    }

    private PostgresHistoryBoundsTests(PostgresPlace place) : base(place) => _place = place;

    private protected override async Task<long> HistoryBytesAsync() => 8192 * await _place.CountAsync(
        "pg_inherits CROSS JOIN LATERAL generate_series(1, pg_table_size(inhrelid) / 8192) WHERE inhparent = 'history'::regclass");
}
