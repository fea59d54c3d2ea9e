using System.Diagnostics.CodeAnalysis;

namespace Postfleet.Core.Queueing;

/// <summary>
/// The streams of the configuration with their weights. Any other stream has the weight <see cref="DefaultWeight"/>. Immutable; sets with
/// the same streams in the same order are equal. Thread-safe.
/// </summary>
public sealed class StreamSet : IEquatable<StreamSet>
{
    /// <summary>The most streams of a configuration.</summary>
    public const int MaxStreams = 100;

    /// <summary>The greatest weight; the least is 1.</summary>
    public const int MaxWeight = 1000;

    /// <summary>The weight of a stream that has none.</summary>
    public const int DefaultWeight = 1;

    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);
    private readonly (string Name, int Weight)[] _streams;

    /// <param name="streams">The streams; names are unique, and weights are 1 to <see cref="MaxWeight"/>.</param>
    /// <exception cref="ArgumentException">A name is repeated.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A weight is out of bounds.</exception>
    public StreamSet(IEnumerable<(string Name, int Weight)> streams)
    {
        _streams = [.. streams];
        foreach (var (index, (name, weight)) in _streams.Index())
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(weight, 1, nameof(streams));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(weight, MaxWeight, nameof(streams));
            _byName.Add(name, index);
        }
    }

    /// <summary>The set of a configuration without streams.</summary>
    public static StreamSet None { get; } = new([]);

    /// <summary>Whether no stream is configured.</summary>
    public bool IsEmpty => _streams.Length == 0;

    /// <summary>The names in their order.</summary>
    public IEnumerable<string> Names => _streams.Select(stream => stream.Name);

    /// <summary>Whether a stream is configured, or is the stream of mail without a stream, which always exists.</summary>
    public bool Has(string stream) => stream == QueueKey.DefaultStream || _byName.ContainsKey(stream);

    /// <summary>The place of a stream in the configuration.</summary>
    public bool TryFind(string stream, out int index) => _byName.TryGetValue(stream, out index);

    /// <summary>The weight of a stream, configured or not.</summary>
    public int WeightOf(string stream) => _byName.TryGetValue(stream, out var index) ? _streams[index].Weight : DefaultWeight;

    /// <inheritdoc/>
    public bool Equals([NotNullWhen(true)] StreamSet? other) => other is not null && _streams.AsSpan().SequenceEqual(other._streams);

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => Equals(obj as StreamSet);

    /// <inheritdoc/>
    public override int GetHashCode() => _streams.Length == 0 ? 0 : HashCode.Combine(_streams.Length, _streams[0], _streams[^1]);
}
