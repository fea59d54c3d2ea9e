using Microsoft.Extensions.Logging.Abstractions;
using Postfleet.Storage.Commit;
using Postfleet.Testing.Fakes;

namespace Postfleet.Spool.Tests.Contract;

/// <summary>The data of one contract test, which survives the spools that are opened on it.</summary>
internal interface IContractPlace
{
    Task PrepareAsync();

    Task CleanUpAsync();

    Task<SpoolUnderTest> OpenAsync();

    /// <summary>How many rows a table holds.</summary>
    Task<long> CountAsync(string table);
}

/// <summary>An engine.</summary>
internal sealed class EnginePlace(ISpoolPlace place) : IContractPlace
{
    public Task PrepareAsync() => place.PrepareAsync();

    public Task CleanUpAsync() => place.CleanUpAsync();

    public async Task<SpoolUnderTest> OpenAsync()
    {
        var spool = new GroupCommitSpool(
            place.NewStorage(), bodyCacheBytes: 1 << 20, new GroupCommitLimits(), NullLogger<GroupCommitSpool>.Instance,
            TimeProvider.System);
        await spool.StartAsync(CancellationToken.None);
        return new SpoolUnderTest(spool, spool, spool, spool, spool, spool, spool.DisposeAsync);
    }

    public Task<long> CountAsync(string table) => place.CountAsync(table);
}

/// <summary>The fake that tests of the spool's users run on.</summary>
internal sealed class MemoryPlace : IContractPlace
{
    private readonly MemorySpool _spool = new();

    public Task PrepareAsync() => Task.CompletedTask;

    public Task CleanUpAsync() => Task.CompletedTask;

    public Task<SpoolUnderTest> OpenAsync() =>
        Task.FromResult(new SpoolUnderTest(_spool, _spool, _spool, _spool, _spool, _spool, () => ValueTask.CompletedTask));

    public Task<long> CountAsync(string table) => Task.FromResult<long>(table switch
    {
        "message" => _spool.Rows.Messages,
        "part" => _spool.Rows.Parts,
        "pending_report" => _spool.Rows.Notes,
        "idempotency" => _spool.Keys,
        _ => throw new ArgumentException($"the fake has no table {table}", nameof(table)),
    });
}
