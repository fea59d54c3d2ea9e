using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Signing;
using Postfleet.Core.Concurrency;
using Postfleet.Dns;
using Postfleet.Signing.Messages;
using Postfleet.Spool.Common;

namespace Postfleet.Signing.Stored;

/// <summary>
/// Keeps this node's copy of the keys in storage: read before the node accepts mail, brought up to date twice a second by the numbers of
/// changes, given to <see cref="MessageSigner"/>. Looks for the records of new keys in the DNS, on each node: the first node that sees a
/// record notes it, and the keys of all nodes sign from the noted time on. Deletes retired keys after their time. One loop does all of it.
/// </summary>
internal sealed class StoredKeys : IHostedService, IAsyncDisposable
{
    /// <summary>The pause between two polls: a change holds on all nodes within a second.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>The pause between two looks for the records of waiting keys.</summary>
    public static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(15);

    /// <summary>The most records that are looked for at a time.</summary>
    public const int MaxLooks = 20;

    /// <summary>The time without a poll after which the log says so.</summary>
    public static readonly TimeSpan WarnAfter = TimeSpan.FromSeconds(5);

    /// <summary>The most keys in the storage. Each node keeps all of them in memory, and new ones are looked for in the DNS.</summary>
    public const int MaxKeys = 10_000;

    private const int PageSize = 1000;

    private readonly ISigningKeyStore _store;
    private readonly MessageSigner _signer;
    private readonly Func<IDnsLookup> _dns;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly KeyTable _table;
    private readonly PeriodicLoop _loop;
    private Task _looking = Task.CompletedTask;
    private long? _last;
    private long _epoch;
    private KeySeal? _seal;
    private long _succeeded;
    private bool _hasWarned;
    private long? _looked;
    private int _nextLook;
    private volatile int _count;
    private int _disposed;

    /// <param name="store">The keys in storage.</param>
    /// <param name="signer">Signs with the keys.</param>
    /// <param name="dns">The DNS.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public StoredKeys(ISigningKeyStore store, MessageSigner signer, Func<IDnsLookup> dns, TimeProvider time, ILogger logger)
    {
        (_store, _signer, _dns, _time, _logger) = (store, signer, dns, time, logger);
        _table = new KeyTable(logger);
        _loop = new PeriodicLoop(Interval, TryPollAsync, fault => logger.KeysUnknown(fault, WarnAfter), time);
    }

    /// <summary>The number of keys by the last poll, retired ones too. Thread-safe.</summary>
    public int Count => _count;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _succeeded = _time.GetTimestamp();
        // Mail that is accepted before the keys are known would leave unsigned.
        while (!await TryPollAsync(cancellationToken)) await Task.Delay(Interval, _time, cancellationToken);
        _loop.Start();
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken) => await DisposeAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _loop.DisposeAsync();
        await _looking;
        _table.Dispose();
    }

    /// <summary>Reads the changes since the last poll, and gives the signer the keys that sign now.</summary>
    internal async Task PollAsync(CancellationToken cancellationToken)
    {
        // With another secret, other private parts can be opened.
        if (_seal?.IsSame(_signer.Settings.Seal) != true) (_seal, _last) = (_signer.Settings.Seal, null);
        var seal = _seal;
        for (var isFull = true; isFull;)
        {
            var changes = await _store.ReadChangesAsync(_last ?? long.MaxValue, PageSize, cancellationToken);
            if (_last is not { } last || changes.Epoch != _epoch || changes.Last < last)
            {
                await ReadAllAsync(seal, cancellationToken);
                (_last, _epoch, isFull) = (changes.Last, changes.Epoch, false);
                continue;
            }

            foreach (var change in changes.Rows)
                _table.Set(change.Name, await _store.FindAsync(change.Name, cancellationToken), seal);
            isFull = changes.Rows.Count == PageSize;
            var newest = changes.Rows.Count > 0 ? changes.Rows[^1].Change : last;
            _last = isFull ? newest : Math.Max(newest, changes.Last);
        }

        _count = _table.Count;
        if (_table.Changed(_time.GetUtcNow()) is { } keys) _signer.Use(keys, _table.HasKeys);
    }

    /// <summary>
    /// Looks for the records of waiting keys, and deletes retired keys after their time. It changes rows alone; the next poll reads them.
    /// </summary>
    internal Task LookAsync(CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        (StoredKey Key, long Change)[] keys = [.. _table.Keys.Select(key => (key, _table.ChangeOf(key)))];
        var waiting = keys.Where(each => each.Key.Key is { RetiredAt: null, SignsFrom: null })
            .OrderBy(each => each.Key.Key.Name, StringComparer.Ordinal).ToArray();
        // In turns: keys that are never published hold up no other.
        var turn = Enumerable.Range(_nextLook, Math.Min(waiting.Length, MaxLooks)).Select(i => waiting[i % waiting.Length]).ToArray();
        _nextLook = waiting.Length == 0 ? 0 : (_nextLook + turn.Length) % waiting.Length;
        return Task.WhenAll([
            .. keys.Where(each => each.Key.Key.KeepRecordUntil < now).Take(MaxLooks)
                .Select(each => RemoveAsync(each.Key, each.Change, cancellationToken)),
            .. turn.Select(each => LookAsync(each.Key, each.Change, cancellationToken))]);
    }

    private async Task RemoveAsync(StoredKey key, long change, CancellationToken cancellationToken)
    {
        if (await _store.WriteAsync(key.Key.Name, null, change, _time.GetUtcNow(), cancellationToken) is not null)
            _logger.KeyRemoved(key.Key.Name);
    }

    private async Task LookAsync(StoredKey key, long change, CancellationToken cancellationToken)
    {
        var answer = await _dns().TextAsync(key.Key.RecordName, cancellationToken);
        if (RecordCheck.Of(answer, key.Key.Record) != RecordSight.Published) return;
        var now = _time.GetUtcNow();
        var seen = key.Seen(now, _signer.Settings.PublishedFor);
        // Of the nodes that see it, one notes it.
        if (await _store.WriteAsync(key.Key.Name, seen.Write(), change, now, cancellationToken) is not null)
            _logger.KeyPublished(key.Key.Name, seen.Key.SignsFrom!.Value);
    }

    private async Task ReadAllAsync(KeySeal seal, CancellationToken cancellationToken)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        for (var after = ""; ;)
        {
            var page = await _store.ListAsync(after, PageSize, cancellationToken);
            foreach (var row in page)
            {
                names.Add(row.Name);
                _table.Set(row.Name, row, seal);
            }

            if (page.Count < PageSize) break;
            after = page[^1].Name;
        }

        _table.Keep(names);
    }

    private async Task<bool> TryPollAsync(CancellationToken cancellationToken)
    {
        try
        {
            await PollAsync(cancellationToken);
            _succeeded = _time.GetTimestamp();
            if (_hasWarned) _logger.KeysKnownAgain();
            _hasWarned = false;
            if (!_looking.IsCompleted || (_looked is { } looked && _time.GetElapsedTime(looked) < LookInterval)) return true;
            _looked = _time.GetTimestamp();
            // Beside the polls: the DNS may take seconds.
            _looking = TryLookAsync(_loop.Stopped);
            return true;
        }
#pragma warning disable CA1031 // A fault must not end the polls: the node would sign with retired keys until its restart.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            if (_hasWarned || _time.GetElapsedTime(_succeeded) <= WarnAfter) return false;
            _logger.KeysUnknown(e, WarnAfter);
            _hasWarned = true;
            return false;
        }
    }

    private async Task TryLookAsync(CancellationToken stopped)
    {
        try
        {
            await LookAsync(stopped);
        }
        catch (SpoolUnavailableException)
        {
            // The next look is seconds away.
        }
#pragma warning disable CA1031 // A fault over one key must not end the looks for the others.
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (!stopped.IsCancellationRequested) _logger.KeyLookFailed(e);
        }
    }
}
