using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Postfleet.Authentication.Dkim;

/// <summary>
/// The keys of the records that were read last, by the text of the record, so that a result never depends on the cache. Most mail comes
/// from few domains, and the import of an RSA key costs several times as much as a verification. Thread-safe; bounded.
/// </summary>
internal static class KeyCache
{
    /// <summary>The greatest number of keys. The oldest one is dropped, in use or not.</summary>
    public const int MaxKeys = 500;

    private static readonly ConcurrentDictionary<string, DkimPublicKey> Keys = new();
    private static readonly ConcurrentQueue<string> Order = new();

    /// <summary>The number of keys.</summary>
    public static int Count => Keys.Count;

    /// <inheritdoc cref="DkimPublicKey.TryParse"/>
    public static bool TryRead(string record, [NotNullWhen(true)] out DkimPublicKey? key, [NotNullWhen(false)] out string? error)
    {
        error = null;
        if (Keys.TryGetValue(record, out key)) return true;
        if (!DkimPublicKey.TryParse(record, out key, out error)) return false;
        if (!Keys.TryAdd(record, key)) return true;
        Order.Enqueue(record);
        if (Order.Count > MaxKeys && Order.TryDequeue(out var oldest)) Keys.TryRemove(oldest, out _);
        return true;
    }
}
