using Microsoft.Extensions.Logging;
using Postfleet.Authentication.Dkim;
using Postfleet.Signing.Messages;
using Postfleet.Spool.Common;

namespace Postfleet.Signing.Stored;

/// <summary>
/// The keys in storage as this node knows them, with their private parts. <see cref="StoredKeys"/> owns it and calls it in one loop; the
/// keys that it gives out are used by all threads.
/// </summary>
internal sealed class KeyTable(ILogger logger) : IDisposable
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private bool _isChanged = true;
    private DateTimeOffset? _nextBegin;

    /// <summary>The number of keys, retired ones too.</summary>
    public int Count => _entries.Count;

    /// <summary>Whether there is a key that is not retired.</summary>
    public bool HasKeys => _entries.Values.Any(entry => entry.Stored.Key.RetiredAt is null);

    /// <summary>The keys.</summary>
    public IEnumerable<StoredKey> Keys => _entries.Values.Select(entry => entry.Stored);

    /// <summary>Takes over a row; a row without data removes the key.</summary>
    /// <param name="name">The name of the key.</param>
    /// <param name="row">The row; null for a deleted key.</param>
    /// <param name="seal">Opens private parts.</param>
    public void Set(string name, NamedRow? row, KeySeal seal)
    {
        _isChanged = true;
        var former = _entries.GetValueOrDefault(name);
        _entries.Remove(name);
        var entry = row is null ? null : Read(row, seal, former);
        if (entry is not null) _entries[name] = entry;
        if (former?.Private != entry?.Private) former?.Private?.Dispose();
    }

    /// <summary>Removes all keys that are not named.</summary>
    public void Keep(IReadOnlySet<string> names)
    {
        foreach (var gone in _entries.Keys.Where(name => !names.Contains(name)).ToArray())
        {
            _isChanged = true;
            _entries[gone].Private?.Dispose();
            _entries.Remove(gone);
        }
    }

    /// <summary>The number of the last change of a key.</summary>
    public long ChangeOf(StoredKey key) => _entries[key.Key.Name].Change;

    /// <summary>The keys that sign, if they may have changed since the last call; null if not.</summary>
    public IReadOnlyList<SigningKey>? Changed(DateTimeOffset now)
    {
        if (!_isChanged && (_nextBegin is null || now < _nextBegin)) return null;
        _isChanged = false;
        _nextBegin = _entries.Values.Select(entry => entry.Stored.Key.SignsFrom).Where(from => from > now).Min();
        return Signing(now);
    }

    // Of each algorithm, domain and stream the newest that may sign and can be used.
    private List<SigningKey> Signing(DateTimeOffset now) =>
    [
        .. _entries.Values.Where(entry => entry.Private is not null && entry.Stored.MaySign(now))
            .GroupBy(entry => (entry.Stored.Key.Domain.Value, entry.Stored.Key.Stream, entry.Stored.Key.Algorithm))
            .Select(group => group.MaxBy(entry => (entry.Stored.Key.CreatedAt, entry.Stored.Key.Selector))!)
            .OrderBy(entry => entry.Stored.Key.Name, StringComparer.Ordinal)
            .Select(entry => new SigningKey(
                entry.Stored.Key.Domain, entry.Stored.Key.Selector, entry.Stored.Key.Stream, entry.Private!)),
    ];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var entry in _entries.Values) entry.Private?.Dispose();
        _entries.Clear();
    }

    private Entry? Read(NamedRow row, KeySeal seal, Entry? former)
    {
        if (StoredKey.TryRead(row.Name, row.Data) is { } key) return Open(key, row.Change, seal, former);
        logger.KeyDamaged(row.Name, "its row cannot be read");
        return null;
    }

    private Entry Open(StoredKey key, long change, KeySeal seal, Entry? former)
    {
        if (key.Key.RetiredAt is not null) return new Entry(key, change, null, seal);
        // A change of another member leaves the private part as it is. With another secret, a private part may not be opened any more.
        if (former is { Private: not null } && former.Stored.Private == key.Private && former.Seal == seal)
            return new Entry(key, change, former.Private, seal);
        var fault = seal.Open(key.Key.Name, key.Private, out var text);
        if (fault is null && DkimPrivateKey.TryRead(text, out var opened, out fault)) return new Entry(key, change, opened, seal);
        logger.KeyDamaged(key.Key.Name, fault);
        return new Entry(key, change, null, seal);
    }

    private sealed record Entry(StoredKey Stored, long Change, DkimPrivateKey? Private, KeySeal Seal);
}
