using Microsoft.Extensions.Logging;
using Postfleet.Core.Greylisting;
using Postfleet.Spool.Common;

namespace Postfleet.Spool.Commit;

/// <summary>
/// The rows of greylisting on either engine. Each batch has its own transaction beside the group commit, since its callers wait for their
/// reply to RCPT. Networks with many new triplets are bounded behind the answers, one transaction at a time: neither a failure nor a slow
/// transaction of these takes answers away. <see cref="GroupCommitSpool"/> makes it, and disposes it before the storage; it is called on
/// the threads of its callers.
/// </summary>
/// <param name="storage">The engine.</param>
/// <param name="logger">The log of the spool.</param>
/// <param name="time">The clock.</param>
internal sealed class SpoolGreylist(IStorage storage, ILogger logger, TimeProvider time) : IGreylistStore, IAsyncDisposable
{
    /// <summary>
    /// The time for a transaction that bounds networks. In PostgreSQL the next batch waits for its connection, and callers wait for 3 s.
    /// </summary>
    public static readonly TimeSpan TrimTime = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly GreylistGrowth _growth = new();

    // Bounded as the networks that are counted.
    private readonly HashSet<long> _grown = [];
    private readonly CancellationTokenSource _stop = new();
    private Task _trimming = Task.CompletedTask;
    private bool _isTrimming;

    // Of the trims alone.
    private bool _isFailing;
    private int _disposals;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<GreylistMeeting>> MeetAsync(
        IReadOnlyList<GreylistTriplet> triplets, GreylistRules rules, CancellationToken cancellationToken)
    {
        var meetings = await StorageQueries.RunAsync(() => storage.Greylist.MeetAsync(triplets, rules, cancellationToken));
        lock (_lock)
        {
            foreach (var network in _growth.Add(triplets, meetings))
                if (_grown.Count < GreylistGrowth.MaxNetworks) _grown.Add(network);
            if (_grown.Count > 0 && !_isTrimming && !_stop.IsCancellationRequested)
            {
                _isTrimming = true;
                _trimming = Task.Run(TrimAsync, CancellationToken.None);
            }
        }

        return meetings;
    }

    /// <summary>Ends the work on networks. The spool and the container of services both call it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposals, 1) > 0) return;
        await _stop.CancelAsync();
        Task trimming;
        lock (_lock) trimming = _trimming;
        await trimming;
        _stop.Dispose();
    }

    private async Task TrimAsync()
    {
        while (Next() is { } networks)
        {
            try
            {
                // A network may have grown by more than a piece while it waited.
                while (await TrimAsync(networks) >= KeySweep.Piece)
                {
                }

                _isFailing = false;
            }
#pragma warning disable CA1031 // The rows stay until the networks have grown again.
            catch (Exception e)
#pragma warning restore CA1031
            {
                if (!_isFailing && !_stop.IsCancellationRequested) SpoolLog.GreylistTrimFailed(logger, e);
                _isFailing = true;
            }
        }
    }

    private async ValueTask<int> TrimAsync(IReadOnlyList<long> networks)
    {
        using var limit = new CancellationTokenSource(TrimTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stop.Token);
        return await storage.Greylist.TrimAsync(networks, IGreylistStore.MaxUnprovedOfNetwork, KeySweep.Piece, either.Token);
    }

    private List<long>? Next()
    {
        lock (_lock)
        {
            List<long> networks = [.. _grown.Take(IGreylistStore.MaxBatch)];
            _grown.ExceptWith(networks);
            if (networks.Count > 0 && !_stop.IsCancellationRequested) return networks;
            _isTrimming = false;
            return null;
        }
    }
}
