using System.Security.Cryptography;

namespace Postfleet.Authentication.Dkim;

/// <summary>
/// The SHA-256 hashes of one canonical form of a body: of the whole body and of its beginnings, for signatures with <c>l=</c> (RFC 6376
/// section 3.5). All of them come from one hash over one pass.
/// </summary>
internal sealed class BodyHash : IDisposable
{
    /// <summary>The limit of a hash of the whole body.</summary>
    public const long Whole = long.MaxValue;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly SortedDictionary<long, byte[]?> _hashes = [];
    private readonly List<long> _limits;
    private int _next;

    /// <summary>Begins the hashes.</summary>
    /// <param name="limits">The lengths of the beginnings in octets, or <see cref="Whole"/>.</param>
    public BodyHash(IEnumerable<long> limits)
    {
        foreach (var limit in limits) _hashes.TryAdd(limit, null);
        _limits = [.. _hashes.Keys];
        TakeReached();
    }

    /// <summary>The length of the canonical body in octets, as far as it was read: to the end, or to the greatest limit.</summary>
    public long Length { get; private set; }

    /// <summary>Whether all hashes are known, so that the rest of the body does not matter.</summary>
    public bool IsComplete => _next == _limits.Count;

    /// <summary>The hash for a limit; null if the canonical body is shorter than the limit.</summary>
    public byte[]? this[long limit] => _hashes[limit];

    /// <summary>Adds octets of the canonical body.</summary>
    public void Append(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty && !IsComplete)
        {
            var count = (int)Math.Min(octets.Length, _limits[_next] - Length);
            _hash.AppendData(octets[..count]);
            Length += count;
            octets = octets[count..];
            TakeReached();
        }
    }

    /// <summary>Ends the body.</summary>
    public void Complete()
    {
        if (!IsComplete && _limits[^1] == Whole) _hashes[Whole] = _hash.GetCurrentHash();
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private void TakeReached()
    {
        if (IsComplete || _limits[_next] != Length) return;
        _hashes[Length] = _hash.GetCurrentHash();
        _next++;
    }
}
