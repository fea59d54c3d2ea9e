using Microsoft.Extensions.Logging;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Spool.Commit;

/// <summary>
/// Deletes expired idempotency keys, once a minute, in pieces: no write waits long. On PostgreSQL each node sweeps, and the nodes share the
/// rows. The rows of deleted users, of forgotten recipients, of unused limits, of
/// greylisting and of policies that are over go with them. <see cref="GroupCommitSpool"/> owns it.
/// </summary>
internal sealed class KeySweep(IStorage storage, ILogger logger, TimeProvider time) : IAsyncDisposable
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

    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    /// <summary>Starts the sweeps. The storage is started by now.</summary>
    public void Start() => _running = Task.Run(RunAsync, CancellationToken.None);

    /// <summary>
    /// Deletes all keys that are expired now, the rows of users who were deleted long ago, and the recipients and limits that were not used
    /// for long.
    /// </summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        var before = time.GetUtcNow() - IdempotencyKey.Lifetime;
        while (await storage.SweepKeysAsync(before, Piece, cancellationToken) == Piece)
        {
        }

        foreach (var table in (string[])[NamedTable.Users, NamedTable.SigningKeys])
            await storage.Named(table).SweepAsync(time.GetUtcNow() - DeletedRowsStay, cancellationToken);
        while (await storage.Budgets.SweepAsync(Piece, cancellationToken) == Piece)
        {
        }

        var (kept, after) = (0, "");
        while (await storage.Budgets.SweepInboundAsync(after, Piece, kept >= MaxInbound, cancellationToken) is { Last: { } last } piece)
            (kept, after) = (kept + piece.Kept, last);

        await storage.SiteStates.SweepAsync(time.GetUtcNow() - SiteStatesStay, cancellationToken);
        // Once: with a million rows, it is a walk through all of them.
        var cut = await storage.Greylist.FindCutAsync(IGreylistStore.MaxUnproved, cancellationToken);
        while (await storage.Greylist.SweepAsync(cut, Piece, cancellationToken) == Piece)
        {
        }

        while (await storage.TlsPolicies.SweepAsync(time.GetUtcNow(), ITlsPolicyStore.MaxRows, Piece, cancellationToken) == Piece)
        {
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token)) await TrySweepAsync();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The end.
        }
    }

    private async Task TrySweepAsync()
    {
        try
        {
            await SweepAsync(_stop.Token);
        }
#pragma warning disable CA1031 // An expired key has no effect, so its row may stay until the next sweep.
        catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
        {
            SpoolLog.KeySweepFailed(logger, e);
        }
    }
}
