using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Suppression;
using Postfleet.Core.Classification;
using Postfleet.Core.Concurrency;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Core.Suppression;
using Postfleet.Operations.Options;
using Postfleet.Spool.Common;

namespace Postfleet.Operations.Suppression;

/// <summary>
/// The suppression list: for the path of mail through a filter in memory, so that mail without an entry costs some hashes and no read; for
/// the API from the storage itself. Registered once for a node. Thread-safe.
/// </summary>
internal sealed class SuppressionList : ISuppression, ISuppressions, IAsyncDisposable
{
    // A page of a list with a filter looks through this many rows at most.
    private const int MaxLooked = 20_000;

    private const int KeysOfRecipient = 6;

    private readonly Current<SuppressionOptions> _options;
    private readonly ISuppressionStore _store;
    private readonly TimeProvider _time;
    private readonly SuppressionFilter _filter;
    private readonly SuppressionPoller _poller;

    public SuppressionList(Current<SuppressionOptions> options, ISuppressionStore store, TimeProvider time, ILogger logger)
    {
        (_options, _store, _time) = (options, store, time);
        _filter = new SuppressionFilter(time, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));
        _poller = new SuppressionPoller(store, _filter, time, logger);
    }

    /// <inheritdoc/>
    public bool IsOn => _options.Value.Enabled;

    /// <inheritdoc/>
    public bool RefusesRecipients => _options.Value is { Enabled: true, AtRecipient: SuppressedRecipientHandling.Refuse };

    /// <summary>The number of ended polls, for tests.</summary>
    internal int Polls => _poller.Polls;

    /// <inheritdoc/>
    public bool MayConcern(SuppressedMail mail, Mailbox recipient)
    {
        if (!IsOn) return false;
        _poller.Start();
        if (_filter.IsEmpty) return false;
        if (_filter.Version is null) return true;
        foreach (var key in KeysOf(mail, recipient)) if (_filter.MayHave(key)) return true;
        return false;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SuppressedRecipient>> FindAsync(
        SuppressedMail mail, IReadOnlyList<Mailbox> recipients, CancellationToken cancellationToken)
    {
        if (!IsOn) return new([]);
        _poller.Start();
        if (_filter.IsEmpty) return new([]);
        var version = _filter.Version;
        List<(SuppressionKey Key, int Index)>? candidates = null;
        for (var i = 0; i < recipients.Count; i++)
            foreach (var key in KeysOf(mail, recipients[i]))
                if (version is null || _filter.MayHave(key)) (candidates ??= []).Add((key, i));
        return candidates is null ? new([]) : LookUpAsync(candidates, version, cancellationToken);
    }

    /// <inheritdoc/>
    public bool IsCounted(BounceClass failure) => IsOn && _options.Value.Rules.Any(rule => rule.Class == failure.Name);

    /// <inheritdoc/>
    public async ValueTask CountAsync(
        SuppressedMail mail, MessageId message, IReadOnlyList<CountedFailure> failures, CancellationToken cancellationToken)
    {
        if (!IsOn) return;
        List<SuppressionWrite> hits = [];
        foreach (var failure in failures)
        {
            var target = SuppressionKey.TargetOf(failure.Recipient);
            hits.AddRange(_options.Value.Rules.Where(rule => rule.Class == failure.Class.Name).Select(rule => new SuppressionHit(
                new SuppressionKey(target, ScopeOf(rule.Scope, mail)), failure.Class.Name, "rule", message.ToString())
            {
                Needed = rule.After,
                Within = rule.Within,
                Life = rule.Expires > TimeSpan.Zero ? rule.Expires : null,
            }));
        }

        foreach (var piece in hits.Chunk(ISuppressionStore.MaxBatch)) await WriteAsync(piece, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<SuppressionRow?> FindAsync(SuppressionKey key, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        return (await RunAsync(() => _store.FindAsync([key], cancellationToken))).FirstOrDefault(row => row.IsActive(now));
    }

    /// <inheritdoc/>
    public async Task<SuppressionPage> ListAsync(
        SuppressionListFilter filter, SuppressionKey after, int limit, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        List<SuppressionRow> found = [];
        // The rows of a target are side by side.
        var isFirst = filter.Target is { } target && string.CompareOrdinal(after.Target, target) < 0;
        if (isFirst) after = new SuppressionKey(filter.Target!, SuppressionKey.AllMail);
        for (var looked = 0; looked < MaxLooked;)
        {
            var page = isFirst ? await FirstOfAsync(after, cancellationToken)
                : await RunAsync(() => _store.ListAsync(after, ISuppressionStore.MaxBatch, cancellationToken));
            foreach (var row in page)
            {
                if (filter.Target is { } only && row.Key.Target != only) return new SuppressionPage(found, null);
                after = row.Key;
                if (row.IsActive(now) && filter.Matches(row)) found.Add(row);
                if (found.Count == limit) return new SuppressionPage(found, after);
            }

            looked += page.Count;
            if (!isFirst && page.Count < ISuppressionStore.MaxBatch) return new SuppressionPage(found, null);
            isFirst = false;
        }

        return new SuppressionPage(found, after);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SuppressionEffect>> WriteAsync(
        IReadOnlyList<SuppressionWrite> writes, CancellationToken cancellationToken)
    {
        var effects = await RunAsync(() => _store.WriteAsync(writes, _time.GetUtcNow(), cancellationToken));
        // This node does not wait for its next poll.
        _filter.Add(writes.Where((_, i) => effects[i] is SuppressionEffect.Added or SuppressionEffect.Replaced).Select(each => each.Key));
        return effects;
    }

    public ValueTask DisposeAsync() => _poller.DisposeAsync();

    private async ValueTask<IReadOnlyList<SuppressedRecipient>> LookUpAsync(
        List<(SuppressionKey Key, int Index)> candidates, long? version, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        Dictionary<SuppressionKey, SuppressionRow> rows = [];
        foreach (var keys in candidates.Select(each => each.Key).Distinct().Chunk(ISuppressionStore.MaxBatch))
        {
            foreach (var row in await RunAsync(() => _store.FindAsync(keys, cancellationToken)))
                if (row.IsActive(now)) rows[row.Key] = row;
            if (version is { } seen)
                foreach (var key in keys.Where(key => !rows.ContainsKey(key))) _filter.Forget(key, seen);
        }

        List<SuppressedRecipient> found = [];
        foreach (var (key, index) in candidates)
        {
            // The first entry of a recipient gives the reason.
            if (rows.TryGetValue(key, out var row) && (found.Count == 0 || found[^1].Index != index))
                found.Add(new SuppressedRecipient(index, row.Reason));
        }

        return found;
    }

    private async Task<IReadOnlyList<SuppressionRow>> FirstOfAsync(SuppressionKey key, CancellationToken cancellationToken) =>
        await RunAsync(() => _store.FindAsync([key], cancellationToken));

    private static SuppressionKey[] KeysOf(SuppressedMail mail, Mailbox recipient)
    {
        var keys = new SuppressionKey[mail.User.Length > 0 ? KeysOfRecipient : KeysOfRecipient - 2];
        var (address, stream, at) = (SuppressionKey.TargetOf(recipient), SuppressionKey.OfStream(mail.Stream), 0);
        foreach (var target in (ReadOnlySpan<string>)[address, recipient.Domain.Value])
        {
            keys[at++] = new SuppressionKey(target, SuppressionKey.AllMail);
            keys[at++] = new SuppressionKey(target, stream);
            if (mail.User.Length > 0) keys[at++] = new SuppressionKey(target, SuppressionKey.OfUser(mail.User));
        }

        return keys;
    }

    private static string ScopeOf(SuppressionScope scope, SuppressedMail mail) => scope switch
    {
        SuppressionScope.All => SuppressionKey.AllMail,
        SuppressionScope.User => SuppressionKey.OfUser(mail.User),
        _ => SuppressionKey.OfStream(mail.Stream),
    };

    private static async Task<T> RunAsync<T>(Func<ValueTask<T>> query)
    {
        try
        {
            return await query();
        }
        catch (SpoolUnavailableException e)
        {
            throw new SuppressionUnavailableException(e.Message, e);
        }
    }
}
