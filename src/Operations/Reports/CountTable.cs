using System.Buffers.Binary;
using System.Security.Cryptography;
using Postfleet.Spool.Common;

namespace Postfleet.Operations.Reports;

/// <summary>
/// The rows that this node has counted and the storage does not have yet. Strangers choose what is counted, so everything is bounded: rows
/// of a day, of a day and a domain, and octets that wait. Pure; one thread at a time.
/// </summary>
internal sealed class CountTable
{
    /// <summary>The most different rows of a domain and a day.</summary>
    public const int MaxRowsOfSubject = 5000;

    /// <summary>The most different rows of a day.</summary>
    public const int MaxRows = 100_000;

    /// <summary>The most octets that wait.</summary>
    public const int MaxWaiting = 16 << 20;

    private readonly Dictionary<(ReportCountKey Key, UInt128 Hash), ReportCount> _waiting = [];
    private readonly Dictionary<string, HashSet<UInt128>> _known = new(StringComparer.Ordinal);
    private DateOnly _day;
    private int _rows;
    private long _octets;
    private long _leftOut;

    /// <summary>Whether nothing waits.</summary>
    public bool IsEmpty => _waiting.Count == 0;

    /// <summary>Counts a row.</summary>
    /// <param name="key">The day and the subject.</param>
    /// <param name="data">The data; equal data are one row.</param>
    /// <param name="count">How often.</param>
    public void Add(ReportCountKey key, ReadOnlyMemory<byte> data, long count)
    {
        var octets = SHA256.HashData(data.Span).AsMemory(0, 16);
        var hash = BinaryPrimitives.ReadUInt128BigEndian(octets.Span);
        if (_waiting.TryGetValue((key, hash), out var waiting))
            _waiting[(key, hash)] = waiting with { Count = waiting.Count + count };
        else if (_octets + data.Length > MaxWaiting || !IsKnown(key, hash)) _leftOut += count;
        else Insert((key, hash), new ReportCount(key, octets, data, count));
    }

    /// <summary>Leaves messages out whose row is too large.</summary>
    public void LeaveOut(long count) => _leftOut += count;

    /// <summary>The messages that were left out since the last call.</summary>
    public long TakeLeftOut()
    {
        var taken = _leftOut;
        _leftOut = 0;
        return taken;
    }

    /// <summary>Takes rows that wait.</summary>
    /// <param name="limit">The maximum number.</param>
    public IReadOnlyList<ReportCount> Take(int limit)
    {
        List<ReportCount> taken = [];
        foreach (var (place, row) in _waiting)
        {
            if (taken.Count == limit) break;
            taken.Add(row);
            _waiting.Remove(place);
            _octets -= row.Data.Length;
        }

        return taken;
    }

    /// <summary>Puts rows back that the storage did not take.</summary>
    public void PutBack(IReadOnlyList<ReportCount> rows)
    {
        foreach (var row in rows)
        {
            var place = (row.Key, BinaryPrimitives.ReadUInt128BigEndian(row.Hash.Span));
            if (_waiting.TryGetValue(place, out var waiting)) _waiting[place] = waiting with { Count = waiting.Count + row.Count };
            else if (_octets + row.Data.Length > MaxWaiting) _leftOut += row.Count;
            else Insert(place, row);
        }
    }

    private void Insert((ReportCountKey Key, UInt128 Hash) place, ReportCount row)
    {
        _waiting.Add(place, row);
        _octets += row.Data.Length;
    }

    // Rows of earlier days are forgotten: they are in the storage, or wait.
    private bool IsKnown(ReportCountKey key, UInt128 hash)
    {
        if (key.Day != _day)
        {
            _known.Clear();
            (_day, _rows) = (key.Day, 0);
        }

        var hashes = _known.GetValueOrDefault(key.Subject);
        if (hashes?.Contains(hash) == true) return true;
        if (hashes?.Count >= MaxRowsOfSubject || _rows >= MaxRows) return false;
        if (hashes is null) _known.Add(key.Subject, hashes = []);
        hashes.Add(hash);
        _rows++;
        return true;
    }
}
