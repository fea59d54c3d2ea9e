using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Tests.Contract;

/// <summary>A spool for a contract test, on one of the engines or in memory.</summary>
public abstract class ContractBench : IAsyncLifetime
{
    private readonly IContractPlace _place;

    private protected ContractBench(IContractPlace place) => _place = place;

    /// <summary>The spool under test, open.</summary>
    private protected SpoolUnderTest Spool { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await _place.PrepareAsync();
        Spool = await _place.OpenAsync();
    }

    public async Task DisposeAsync()
    {
        await Spool.Close();
        await _place.CleanUpAsync();
    }

    /// <summary>Closes the spool and opens it again, with an empty cache.</summary>
    private protected async Task ReopenAsync()
    {
        await Spool.Close();
        Spool = await _place.OpenAsync();
    }

    private protected async Task StoreAsync(params NewMessage[] messages)
    {
        foreach (var message in messages) Assert.Equal(StoreResult.Stored, await Spool.StoreAsync(message, default));
    }

    private protected async Task<SettlementResult> SettleAsync(
        NewMessage message, int attempt = 1, bool final = true, NewMessage? notification = null, int part = 0) =>
        await Spool.SettleAsync(new Settlement(message.Part(part), attempt, final, notification), default);

    private protected async Task<SettlementResult> NoteAsync(
        NewMessage message, int part, int attempt = 1, bool isFinal = true, DateTimeOffset? at = null) =>
        await Spool.SettleAsync(message.Noted(part, attempt, isFinal, at), default);

    private protected async Task<bool> HasAsync(NewMessage message, int part = 0) =>
        await Spool.ReadHeadAsync(message.Part(part), 0, default) is not null;

    private protected Task<long> CountAsync(string table) => _place.CountAsync(table);
}
