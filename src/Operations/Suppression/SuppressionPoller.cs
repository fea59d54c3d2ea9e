using Microsoft.Extensions.Logging;
using Postfleet.Operations.Common;
using Postfleet.Spool.Common;

namespace Postfleet.Operations.Suppression;

/// <summary>
/// Reads the keys of all entries into the filter, then twice a second those of new entries, on whichever node they were made. It starts
/// with the first question for a recipient: a node where the list is off never asks. <see cref="SuppressionList"/> owns it.
/// </summary>
internal sealed class SuppressionPoller(ISuppressionStore store, SuppressionFilter filter, TimeProvider time, ILogger logger)
    : IAsyncDisposable
{
    /// <summary>The pause between two polls: an entry holds on all nodes within a second.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>The most keys in an answer.</summary>
    public const int PageSize = 10_000;

    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private int _started;
    private int _disposals;

    // The state of the polls, which run one after the other.
    private long _last;
    private long _epoch;
    private long _succeeded;
    private bool _hasWarned;
    private bool _hasReported;
    private int _polls;

    /// <summary>The number of ended polls, for tests.</summary>
    internal int Polls => Volatile.Read(ref _polls);

    /// <summary>Starts the polls; later calls do nothing.</summary>
    public void Start()
    {
        if (Volatile.Read(ref _started) != 0 || Interlocked.Exchange(ref _started, 1) != 0) return;
        _succeeded = time.GetTimestamp();
        _running = Task.Run(RunAsync, CancellationToken.None);
    }

    /// <summary>Reads the entries since the last poll.</summary>
    internal async Task PollAsync(CancellationToken cancellationToken)
    {
        var at = time.GetTimestamp();
        for (var isFull = true; isFull;)
        {
            var changes = await store.ReadChangesAsync(_last, PageSize, cancellationToken);
            if (changes.Epoch != _epoch || changes.Last < _last)
            {
                // The numbers that are known say nothing about the storage as it is now.
                filter.Clear();
                (_last, _epoch) = (0, changes.Epoch);
                continue;
            }

            isFull = changes.Entries.Count == PageSize;
            if (changes.Entries.Count > 0) filter.Add(changes.Entries.Select(entry => entry.Key));
            var newest = changes.Entries.Count > 0 ? changes.Entries[^1].Change : _last;
            _last = isFull ? newest : Math.Max(newest, changes.Last);
        }

        filter.Confirm(at);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposals, 1) != 0) return;
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do await TryPollAsync();
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The end.
        }
    }

    private async Task TryPollAsync()
    {
        try
        {
            await PollAsync(_stop.Token);
            _succeeded = time.GetTimestamp();
            if (_hasWarned || _hasReported) logger.SuppressionsKnownAgain();
            (_hasWarned, _hasReported) = (false, false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The loop ends.
        }
        catch (SpoolUnavailableException e)
        {
            if (_hasWarned || time.GetElapsedTime(_succeeded) <= SuppressionFilter.TrustedFor) return;
            logger.SuppressionsUnknown(e, SuppressionFilter.TrustedFor);
            _hasWarned = true;
        }
#pragma warning disable CA1031 // The filter is not trusted without polls, so that no mail passes it: the next poll may succeed.
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (!_hasReported) logger.SuppressionsFault(e);
            _hasReported = true;
        }
        finally
        {
            Interlocked.Increment(ref _polls);
        }
    }
}
