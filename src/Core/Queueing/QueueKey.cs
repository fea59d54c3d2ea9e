using System.Diagnostics.CodeAnalysis;
using Postfleet.Core.Mail;

namespace Postfleet.Core.Queueing;

/// <summary>
/// The name of a queue: <c>stream:domain</c>. The stream separates kinds of mail to the same domain, for example transactional from
/// marketing; mail without a stream has <see cref="DefaultStream"/>.
/// </summary>
public readonly record struct QueueKey : IComparable<QueueKey>
{
    /// <summary>The stream of mail without a stream.</summary>
    public const string DefaultStream = "default";

    /// <summary>Longest stream name, in characters: letters, digits, <c>-</c> and <c>_</c>, lower case.</summary>
    public const int MaxStreamLength = 32;

    private readonly string? _value;

    private QueueKey(string value) => _value = value;

    /// <summary>The text form, <c>stream:domain</c>.</summary>
    public string Value => _value ?? "";

    /// <summary>The stream.</summary>
    public string Stream => StreamSpan is DefaultStream ? DefaultStream : StreamSpan.ToString();

    /// <summary>The recipients' domain. Each call makes a string: on a hot path take <see cref="DomainSpan"/>.</summary>
    public string Domain => DomainSpan.ToString();

    /// <summary>The recipients' domain, without a copy.</summary>
    public ReadOnlySpan<char> DomainSpan => Value.AsSpan(Value.IndexOf(':', StringComparison.Ordinal) + 1);

    /// <summary>The stream, without a copy.</summary>
    public ReadOnlySpan<char> StreamSpan => Value.AsSpan(0, Math.Max(0, Value.IndexOf(':', StringComparison.Ordinal)));

    /// <summary>The queue of a domain in a stream.</summary>
    /// <exception cref="ArgumentException">The name of the stream is empty, too long or has forbidden characters.</exception>
    public static QueueKey For(string stream, DomainName domain) =>
        IsStream(stream) ? new($"{stream}:{domain.Value}") : throw new ArgumentException($"not a stream name: '{stream}'", nameof(stream));

    /// <summary>The queue of the same domain in another stream.</summary>
    /// <exception cref="ArgumentException">The name of the stream is empty, too long or has forbidden characters.</exception>
    public QueueKey InStream(string stream) =>
        IsStream(stream) ? new($"{stream}:{DomainSpan}") : throw new ArgumentException($"not a stream name: '{stream}'", nameof(stream));

    /// <summary>Whether a text is the name of a stream: 1 to <see cref="MaxStreamLength"/> lower case letters, digits, - and _.</summary>
    public static bool IsStream(string text) => IsStream(text.AsSpan());

    /// <summary>Reads the text form.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out QueueKey key)
    {
        key = default;
        var colon = text?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        if (colon < 0 || !IsStream(text.AsSpan(0, colon)) || !DomainName.TryParse(text![(colon + 1)..], out var domain)) return false;
        key = new QueueKey($"{text.AsSpan(0, colon)}:{domain.Value}");
        return true;
    }

    /// <summary>Accepts a text written by this type, from storage or from another node, without checking it again.</summary>
    public static QueueKey FromTrusted(string value) => new(value);

    /// <inheritdoc/>
    public int CompareTo(QueueKey other) => string.CompareOrdinal(Value, other.Value);

    /// <summary>Ordinal order of the text forms.</summary>
    public static bool operator <(QueueKey left, QueueKey right) => left.CompareTo(right) < 0;

    /// <summary>Ordinal order of the text forms.</summary>
    public static bool operator >(QueueKey left, QueueKey right) => left.CompareTo(right) > 0;

    /// <summary>Ordinal order of the text forms.</summary>
    public static bool operator <=(QueueKey left, QueueKey right) => left.CompareTo(right) <= 0;

    /// <summary>Ordinal order of the text forms.</summary>
    public static bool operator >=(QueueKey left, QueueKey right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public override string ToString() => Value;

    private static bool IsStream(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > MaxStreamLength) return false;
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('-' or '_')) return false;
        }

        return true;
    }
}
