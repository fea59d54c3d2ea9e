using Microsoft.Extensions.Logging;
using Postfleet.Core.Concurrency;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Spool.Commit;

/// <summary>
/// Deletes expired idempotency keys, once a minute, in pieces: no write waits long. On PostgreSQL each node sweeps, and the nodes share the
/// rows. The rows of deleted users, of forgotten recipients, of unused limits, of
/// greylisting, of expired suppressions and of policies that are over go with them. <see cref="GroupCommitSpool"/> owns it.
/// </summary>
internal sealed class KeySweep : IAsyncDisposable
{
    /// <summary>Time between two sweeps.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>The most rows deleted in one transaction.</summary>
    public const int Piece = 1000;

    /// <summary>The most rows of rates of strangers after a sweep.</summary>
    public const int MaxInbound = 100_000;

    /// <summary>How long the row of a deleted user or key stays, for nodes that read the changes.</summary>
    public static readonly TimeSpan DeletedRowsStay = TimeSpan.FromDays(1);

    /// <summary>How long the state of a destination without mail stays.</summary>
    public static readonly TimeSpan SiteStatesStay = TimeSpan.FromDays(7);

    private readonly IStorage _storage;
    private readonly TimeProvider _time;
    private readonly PeriodicLoop _loop;

    /// <param name="storage">The storage.</param>
    /// <param name="logger">The log of the spool.</param>
    /// <param name="time">The clock.</param>
    public KeySweep(IStorage storage, ILogger logger, TimeProvider time)
    {
        (_storage, _time) = (storage, time);
        // An expired row has no effect, so it may stay until a later sweep.
        _loop = new PeriodicLoop(Interval, SweepAsync, fault => SpoolLog.KeySweepFailed(logger, fault), time);
    }

    /// <summary>Starts the sweeps. The storage is started by now.</summary>
    public void Start() => _loop.Start();

    /// <summary>
    /// Deletes all keys that are expired now, the rows of users who were deleted long ago, and the recipients and limits that were not used
    /// for long. A table that fails holds up no other table.
    /// </summary>
    /// <exception cref="AggregateException">The faults of the tables that failed.</exception>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        Func<CancellationToken, Task>[] tables =
        [
            SweepKeysAsync, token => SweepNamedAsync(NamedTable.Users, token), token => SweepNamedAsync(NamedTable.SigningKeys, token),
            SweepBudgetsAsync, SweepInboundAsync,
            token => _storage.SiteStates.SweepAsync(_time.GetUtcNow() - SiteStatesStay, token), SweepGreylistAsync, SweepPoliciesAsync,
        ];
        List<Exception> faults = [];
        foreach (var table in tables)
        {
            try
            {
                await table(cancellationToken);
            }
#pragma warning disable CA1031 // Thrown below, after the other tables.
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                faults.Add(e);
            }
        }

        if (faults.Count > 0) throw new AggregateException(faults);
    }

    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    private async Task SweepKeysAsync(CancellationToken cancellationToken)
    {
        var before = _time.GetUtcNow() - IdempotencyKey.Lifetime;
        while (await _storage.SweepKeysAsync(before, Piece, cancellationToken) == Piece)
        {
        }
    }

    private async Task SweepNamedAsync(string table, CancellationToken cancellationToken) =>
        await _storage.Named(table).SweepAsync(_time.GetUtcNow() - DeletedRowsStay, cancellationToken);

    private async Task SweepBudgetsAsync(CancellationToken cancellationToken)
    {
        while (await _storage.Budgets.SweepAsync(Piece, cancellationToken) == Piece)
        {
        }
    }

    private async Task SweepInboundAsync(CancellationToken cancellationToken)
    {
        var (kept, after) = (0, "");
        while (await _storage.Budgets.SweepInboundAsync(after, Piece, kept >= MaxInbound, cancellationToken) is { Last: { } last } piece)
            (kept, after) = (kept + piece.Kept, last);
    }

    private async Task SweepGreylistAsync(CancellationToken cancellationToken)
    {
        // Once: with a million rows, it is a walk through all of them.
        var cut = await _storage.Greylist.FindCutAsync(IGreylistStore.MaxUnproved, cancellationToken);
        while (await _storage.Greylist.SweepAsync(cut, Piece, cancellationToken) == Piece)
        {
        }
    }

    private async Task SweepPoliciesAsync(CancellationToken cancellationToken)
    {
        while (await _storage.TlsPolicies.SweepAsync(_time.GetUtcNow(), ITlsPolicyStore.MaxRows, Piece, cancellationToken) == Piece)
        {
        }

        while (await _storage.Suppressions.SweepAsync(_time.GetUtcNow(), Piece, cancellationToken) == Piece)
        {
        }
    }
}
