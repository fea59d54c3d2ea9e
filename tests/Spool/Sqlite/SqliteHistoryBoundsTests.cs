using Postfleet.Spool.Tests.Contract;

namespace Postfleet.Spool.Tests.Sqlite;

public sealed class SqliteHistoryBoundsTests : HistoryBoundsContract
{
    private readonly SqlitePlace _place;

    public SqliteHistoryBoundsTests() : this(new SqlitePlace())
    {
    }

    private SqliteHistoryBoundsTests(SqlitePlace place) : base(place) => _place = place;

    private protected override Task<long> HistoryBytesAsync() =>
        Task.FromResult(new FileInfo(Path.Combine(Path.GetDirectoryName(_place.File)!, "history.db")).Length);
}
