using Microsoft.Extensions.Logging;
using Postfleet.Core.Concurrency;
using Postfleet.Operations.Common;
using Postfleet.Spool.Common;

namespace Postfleet.Operations.Suppression;

/// <summary>
/// Reads the keys of all entries into the filter, then twice a second those of new entries, on whichever node they were made. It starts
/// with the first question for a recipient: a node where the list is off never asks. <see cref="SuppressionList"/> owns it.
/// </summary>
internal sealed class SuppressionPoller : IAsyncDisposable
{
    /// <summary>The pause between two polls: an entry holds on all nodes within a second.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>The most keys in an answer.</summary>
    public const int PageSize = 10_000;

    private readonly ISuppressionStore _store;
    private readonly SuppressionFilter _filter;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly PeriodicLoop _loop;
    private int _started;

    // The state of the polls, which run one after the other.
    private long _last;
    private long _epoch;
    private long _succeeded;
    private bool _hasWarned;
    private bool _hasReported;
    private int _polls;

    /// <param name="store">The entries in storage.</param>
    /// <param name="filter">The hashes of the node.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public SuppressionPoller(ISuppressionStore store, SuppressionFilter filter, TimeProvider time, ILogger logger)
    {
        (_store, _filter, _time, _logger) = (store, filter, time, logger);
        _loop = new PeriodicLoop(Interval, TryPollAsync, logger.SuppressionsFault, time);
    }

    /// <summary>The number of ended polls, for tests.</summary>
    internal int Polls => Volatile.Read(ref _polls);

    /// <summary>Starts the polls; later calls do nothing.</summary>
    public void Start()
    {
        if (Volatile.Read(ref _started) != 0 || Interlocked.Exchange(ref _started, 1) != 0) return;
        _succeeded = _time.GetTimestamp();
        _loop.Start(isAtOnce: true);
    }

    /// <summary>Reads the entries since the last poll.</summary>
    internal async Task PollAsync(CancellationToken cancellationToken)
    {
        var at = _time.GetTimestamp();
        for (var isFull = true; isFull;)
        {
            var changes = await _store.ReadChangesAsync(_last, PageSize, cancellationToken);
            if (changes.Epoch != _epoch || changes.Last < _last)
            {
                // The numbers that are known say nothing about the storage as it is now.
                _filter.Clear();
                (_last, _epoch) = (0, changes.Epoch);
                continue;
            }

            isFull = changes.Entries.Count == PageSize;
            if (changes.Entries.Count > 0) _filter.Add(changes.Entries.Select(entry => entry.Key));
            var newest = changes.Entries.Count > 0 ? changes.Entries[^1].Change : _last;
            _last = isFull ? newest : Math.Max(newest, changes.Last);
        }

        _filter.Confirm(at);
    }

    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    private async Task TryPollAsync(CancellationToken cancellationToken)
    {
        try
        {
            await PollAsync(cancellationToken);
            _succeeded = _time.GetTimestamp();
            if (_hasWarned || _hasReported) _logger.SuppressionsKnownAgain();
            (_hasWarned, _hasReported) = (false, false);
        }
        catch (SpoolUnavailableException e)
        {
            if (_hasWarned || _time.GetElapsedTime(_succeeded) <= SuppressionFilter.TrustedFor) return;
            _logger.SuppressionsUnknown(e, SuppressionFilter.TrustedFor);
            _hasWarned = true;
        }
#pragma warning disable CA1031 // The filter is not trusted without polls, so that no mail passes it: the next poll may succeed.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            if (!_hasReported) _logger.SuppressionsFault(e);
            _hasReported = true;
        }
        finally
        {
            Interlocked.Increment(ref _polls);
        }
    }
}
