using System.Text;
using Microsoft.Extensions.Logging;
using Postfleet.Core.Concurrency;
using Postfleet.Operations.Common;
using Postfleet.Spool.Common;

namespace Postfleet.Operations.Users;

/// <summary>
/// Asks the storage twice a second for changes of users, on whichever node they were made, and drops the changed users from the cache. It
/// starts with the first question for a user: a node without submission never asks. <see cref="StoredUsers"/> owns it.
/// </summary>
internal sealed class UserChangePoller : IAsyncDisposable
{
    /// <summary>The pause between two polls: a change holds on all nodes within a second.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>The most changes in an answer.</summary>
    public const int PageSize = 1000;

    private readonly IUserStore _store;
    private readonly UserCache _cache;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly PeriodicLoop _loop;
    private int _started;

    // The state of the polls, which run one after the other.
    private long? _last;
    private long _epoch;
    private long _succeeded;
    private bool _hasWarned;
    private int _polls;
    private volatile byte[] _saltKey = [];

    /// <param name="store">The users in storage.</param>
    /// <param name="cache">The cache of the node.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public UserChangePoller(IUserStore store, UserCache cache, TimeProvider time, ILogger logger)
    {
        (_store, _cache, _time, _logger) = (store, cache, time, logger);
        _loop = new PeriodicLoop(Interval, TryPollAsync, fault => logger.UsersUnknown(fault, UserCache.TrustedFor), time);
    }

    /// <summary>The key for the salts of unknown users; empty before the first poll has succeeded.</summary>
    public ReadOnlyMemory<byte> SaltKey => _saltKey;

    /// <summary>The number of ended polls, for tests.</summary>
    internal int Polls => Volatile.Read(ref _polls);

    /// <summary>Starts the polls; later calls do nothing.</summary>
    public void Start()
    {
        if (Volatile.Read(ref _started) != 0 || Interlocked.Exchange(ref _started, 1) != 0) return;
        _succeeded = _time.GetTimestamp();
        _loop.Start(isAtOnce: true);
    }

    /// <summary>Reads the changes since the last poll.</summary>
    internal async Task PollAsync(CancellationToken cancellationToken)
    {
        var at = _time.GetTimestamp();
        for (var isFull = true; isFull;)
        {
            // Without a last change, the answer has none.
            var changes = await _store.ReadChangesAsync(_last ?? long.MaxValue, PageSize, cancellationToken);
            isFull = changes.Rows.Count == PageSize;
            if (SaltKey.IsEmpty) _saltKey = Encoding.UTF8.GetBytes(changes.Salt);
            if (_last is not { } last || changes.Epoch != _epoch || changes.Last < last)
            {
                // The numbers that are known say nothing about the storage as it is now.
                _cache.DropAll();
                (_last, _epoch, isFull) = (changes.Last, changes.Epoch, false);
                continue;
            }

            _cache.Drop([.. changes.Rows.Select(user => user.Name)]);
            var newest = changes.Rows.Count > 0 ? changes.Rows[^1].Change : last;
            _last = isFull ? newest : Math.Max(newest, changes.Last);
        }

        _cache.Confirm(at);
    }

    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    private async Task TryPollAsync(CancellationToken cancellationToken)
    {
        try
        {
            await PollAsync(cancellationToken);
            _succeeded = _time.GetTimestamp();
            if (_hasWarned) _logger.UsersKnownAgain();
            _hasWarned = false;
        }
#pragma warning disable CA1031 // A fault must not end the polls: users who were disabled on another node could log in here for ever.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            if (_hasWarned || _time.GetElapsedTime(_succeeded) <= UserCache.TrustedFor) return;
            _logger.UsersUnknown(e, UserCache.TrustedFor);
            _hasWarned = true;
        }
        finally
        {
            Interlocked.Increment(ref _polls);
        }
    }
}
