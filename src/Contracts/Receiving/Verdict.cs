using System.Text;

namespace Postfleet.Contracts.Receiving;

/// <summary>The kind of a verdict.</summary>
public enum VerdictKind
{
    /// <summary>Accepted: the next check runs. A header may be added.</summary>
    Accept,

    /// <summary>Deferred: the client gets a 4yz reply and may try again.</summary>
    Defer,

    /// <summary>Refused: the client gets a 5yz reply.</summary>
    Refuse,

    /// <summary>Discarded: the client gets a positive reply, and nothing is delivered.</summary>
    Discard,
}

/// <summary>The verdict of a check. Any verdict other than acceptance ends the stage without running the remaining checks.</summary>
public readonly record struct Verdict
{
    /// <summary>Acceptance without a header.</summary>
    public static readonly Verdict Accept;

    /// <summary>
    /// The client gets a positive reply, and nothing is delivered: by stage, all messages of the session, all messages up to the next HELO,
    /// the message, or the message to a single recipient.
    /// </summary>
    public static readonly Verdict Discard = new(VerdictKind.Discard, null, null);

    /// <summary>Deferral because the check has no result.</summary>
    public static readonly Verdict Unavailable = Defer("451 4.3.0 Mail system temporarily unavailable");

    // A reply line has 512 octets with its CRLF (RFC 5321 section 4.5.3.1.5).
    private const int MaxReply = 510;

    // RFC 5322 section 2.1.1.
    private const int MaxHeaderLine = 998;

    private readonly byte[]? _reply;
    private readonly byte[]? _header;

    private Verdict(VerdictKind kind, byte[]? reply, byte[]? header, MessageChange? change = null) =>
        (Kind, _reply, _header, Change) = (kind, reply, header, change);

    /// <summary>The kind of the verdict.</summary>
    public VerdictKind Kind { get; }

    /// <summary>The reply to the client with its CRLF; empty for acceptance and discarding.</summary>
    public ReadOnlyMemory<byte> Reply => _reply;

    /// <summary>The header fields to add, with their CRLF; empty for none.</summary>
    public ReadOnlyMemory<byte> Header => _header;

    /// <summary>The change of the message; null for none. Only the message stage changes messages, other stages ignore it.</summary>
    public MessageChange? Change { get; }

    /// <summary>Acceptance of a changed message, in the message stage.</summary>
    public static Verdict AcceptChanged(MessageChange change) => new(VerdictKind.Accept, null, null, change);

    /// <summary>Acceptance with a header field added above the message.</summary>
    /// <param name="name">The field's name.</param>
    /// <param name="value">The field's value in ASCII; lines are folded by CRLF and white space.</param>
    /// <exception cref="ArgumentException">The name or the value is malformed.</exception>
    public static Verdict AcceptWith(string name, string value) => Accept.With(name, value);

    /// <summary>The acceptance with one more header field, below those that it has.</summary>
    /// <param name="name">The field's name.</param>
    /// <param name="value">The field's value in ASCII; lines are folded by CRLF and white space.</param>
    /// <exception cref="ArgumentException">The name or the value is malformed.</exception>
    /// <exception cref="InvalidOperationException">The verdict is no acceptance.</exception>
    public Verdict With(string name, string value)
    {
        if (Kind != VerdictKind.Accept) throw new InvalidOperationException("only accepted mail gets header fields");
        if (name.Length == 0 || name.AsSpan().ContainsAnyExceptInRange('!', '~') || name.Contains(':'))
            throw new ArgumentException("the name of a header field is printable ASCII without a colon", nameof(name));
        var field = $"{name}: {value}";
        foreach (var (line, i) in field.Split("\r\n").Select((line, i) => (line, i)))
        {
            var isInOrder = (i == 0 || line is [' ' or '\t', ..]) && line.Length <= MaxHeaderLine && !string.IsNullOrWhiteSpace(line);
            if (!isInOrder || line.AsSpan().IndexOfAnyExcept(Printable) >= 0)
                throw new ArgumentException("the value of a header field is printable ASCII in lines that are folded", nameof(value));
        }

        return new Verdict(VerdictKind.Accept, null, [.. _header ?? [], .. Encoding.ASCII.GetBytes(field + "\r\n")], Change);
    }

    /// <summary>Deferral with a reply.</summary>
    /// <param name="reply">The reply: a 4yz code, an enhanced code and a text. 421 ends the session.</param>
    /// <exception cref="ArgumentException">The reply does not begin with the codes.</exception>
    public static Verdict Defer(string reply) => new(VerdictKind.Defer, Encode(reply, '4'), null);

    /// <summary>Refusal with a reply.</summary>
    /// <param name="reply">The reply: a 5yz code, an enhanced code and a text.</param>
    /// <exception cref="ArgumentException">The reply does not begin with the codes.</exception>
    public static Verdict Refuse(string reply) => new(VerdictKind.Refuse, Encode(reply, '5'), null);

    /// <summary>Deferral or refusal with a reply of several lines (RFC 5321 section 4.2.1).</summary>
    /// <param name="lines">The lines, each with the same code, an enhanced code and a text; the code decides between the two kinds.</param>
    /// <exception cref="ArgumentException">A line does not begin with the codes, or the codes differ.</exception>
    public static Verdict WithReply(IReadOnlyList<string> lines)
    {
        if (lines.Count == 0) throw new ArgumentException("the reply has no line", nameof(lines));
        var kind = lines[0] is ['4', ..] ? '4' : '5';
        List<byte> reply = [];
        foreach (var (i, line) in lines.Index())
        {
            var octets = Encode(line, kind);
            if (!line.AsSpan(0, 3).SequenceEqual(lines[0].AsSpan(0, 3))) throw new ArgumentException("the codes differ", nameof(lines));
            if (i < lines.Count - 1) octets[3] = (byte)'-';
            reply.AddRange(octets);
        }

        return new Verdict(kind == '4' ? VerdictKind.Defer : VerdictKind.Refuse, [.. reply], null);
    }

    private static System.Buffers.SearchValues<char> Printable { get; } =
        System.Buffers.SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c), '\t']);

    // The text may be foreign, as from a DNS list: line-breaking characters are replaced, and a long text is truncated.
    private static byte[] Encode(string reply, char kind)
    {
        if (!HasCodes(reply, kind)) throw new ArgumentException($"the reply must begin as '{kind}50 {kind}.7.1 ' does", nameof(reply));
        var line = reply.Length > MaxReply ? reply[..MaxReply] : reply;
        return Encoding.ASCII.GetBytes(string.Concat(line.Select(c => c is >= ' ' and <= '~' ? c : '?')) + "\r\n");
    }

    // RFC 5321 section 4.2.1 and RFC 2034 section 4.
    private static bool HasCodes(string reply, char kind)
    {
        if (reply.Length < 4 || reply[0] != kind || reply[1] is < '0' or > '5' || !char.IsAsciiDigit(reply[2])) return false;
        if (reply[3] != ' ') return false;
        var status = reply.AsSpan(4);
        var end = status.IndexOf(' ');
        if (end < 0 || !status.StartsWith([kind, '.'])) return false;
        status = status[..end];
        var parts = 0;
        foreach (var range in status.Split('.'))
        {
            var part = status[range];
            if (part.Length is 0 or > 3 || part.ContainsAnyExceptInRange('0', '9')) return false;
            parts++;
        }

        return parts == 3;
    }
}
