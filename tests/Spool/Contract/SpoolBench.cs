using Microsoft.Extensions.Logging.Abstractions;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Commit;
using Postfleet.Storage.Commit;

namespace Postfleet.Spool.Tests.Contract;

/// <summary>A spool for a test, on one of the engines.</summary>
public abstract class SpoolBench : IAsyncLifetime
{
    private readonly List<GroupCommitSpool> _opened = [];
    private readonly List<ISpoolPlace> _places = [];
    private ISpoolPlace _place;

    private protected SpoolBench(ISpoolPlace place) => _places.Add(_place = place);

    /// <summary>The spool under test, open.</summary>
    private protected GroupCommitSpool Spool { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await _place.PrepareAsync();
        Spool = await OpenAsync(_place.NewStorage());
    }

    public async Task DisposeAsync()
    {
        foreach (var spool in _opened) await spool.DisposeAsync();
        foreach (var place in _places) await place.CleanUpAsync();
    }

    /// <summary>Opens a spool that is closed with the test.</summary>
    private protected async Task<GroupCommitSpool> OpenAsync(IStorage storage)
    {
        var spool = new GroupCommitSpool(
            storage, bodyCacheBytes: 1 << 20, new GroupCommitLimits(), NullLogger<GroupCommitSpool>.Instance, TimeProvider.System);
        _opened.Add(spool);
        await spool.StartAsync(CancellationToken.None);
        return spool;
    }

    /// <summary>Closes the spool and opens it again, with an empty cache.</summary>
    private protected async Task ReopenAsync(int captureMax = 1000, TimeSpan? captureMaxAge = null)
    {
        await Spool.DisposeAsync();
        Spool = await OpenAsync(_place.NewStorage(captureMax, captureMaxAge));
    }

    /// <summary>Closes the spool and opens it with a writer of outcomes.</summary>
    private protected async Task ReopenWithOutcomesAsync(Action<HistoryEvent> fault)
    {
        await Spool.DisposeAsync();
        Spool = await OpenAsync(_place.NewStorageWithOutcomes(fault));
    }

    private protected Task<ISpoolPlace> CrashAsync() => _place.CrashAsync();

    /// <summary>Continues as the next process after <see cref="CrashAsync"/>.</summary>
    private protected async Task ContinueAsync(ISpoolPlace left)
    {
        if (left != _place) _places.Add(left);
        _place = left;
        await ReopenWithOutcomesAsync(_ => { });
    }

    /// <summary>Opens the spool on a storage.</summary>
    private protected async Task UseAsync(IStorage storage) => Spool = await OpenAsync(storage);

    private protected Task<IReadOnlyList<string>> ReadOutcomesAsync() => _place.ReadOutcomesAsync();

    private protected async Task StoreAsync(params NewMessage[] messages)
    {
        foreach (var message in messages) Assert.Equal(StoreResult.Stored, await Spool.StoreAsync(message, default));
    }

    private protected async Task<SettlementResult> SettleAsync(
        NewMessage message, int attempt = 1, bool final = true, NewMessage? notification = null, int part = 0) =>
        await Spool.SettleAsync(new Settlement(message.Part(part), attempt, final, notification), default);

    private protected async Task<bool> HasAsync(NewMessage message, int part = 0) =>
        await Spool.ReadHeadAsync(message.Part(part), 0, default) is not null;

    private protected Task<long> CountAsync(string table) => _place.CountAsync(table);

    private protected IReadOnlyList<string> NoTimes => _place.NoTimes;

    private protected Task ExecuteAsync(string sql) => _place.ExecuteAsync(sql);
}
