using System.Buffers;

namespace Postfleet.Authentication.Sasl;

/// <summary>The first message of a SCRAM client (RFC 5802 section 7).</summary>
/// <param name="Header">The header of GS2.</param>
/// <param name="HeaderText">The header as it was sent.</param>
/// <param name="Bare">The message without the header.</param>
/// <param name="UserName">The decoded name.</param>
/// <param name="Nonce">The client's nonce.</param>
internal sealed record ScramFirst(Gs2Header Header, string HeaderText, string Bare, string UserName, string Nonce)
{
    // Far more than a client needs.
    private const int MaxNonce = 512;

    /// <summary>Reads a message. One with a mandatory extension (<c>m=</c>) is not valid, because the server knows none.</summary>
    public static ScramFirst? Parse(string text)
    {
        if (!Gs2Header.TryParse(text, out var header)) return null;
        var bare = text[header.Length..];
        var fields = bare.Split(',');
        if (fields.Length < 2 || !fields[0].StartsWith("n=", StringComparison.Ordinal)
            || !fields[1].StartsWith("r=", StringComparison.Ordinal)
            || !fields.Skip(2).All(ScramFields.IsExtension))
            return null;
        if (!Gs2Header.TryDecodeName(fields[0][2..], out var name)) return null;
        var nonce = fields[1][2..];
        if (nonce.Length is 0 or > MaxNonce || !ScramFields.IsPrintable(nonce)) return null;
        return new ScramFirst(header, text[..header.Length], bare, name, nonce);
    }
}

/// <summary>The final message of a SCRAM client (RFC 5802 section 7).</summary>
/// <param name="WithoutProof">The message up to the proof, without the comma between them.</param>
/// <param name="Binding">The header of GS2 and the data of the channel binding, in Base64.</param>
/// <param name="Nonce">The nonce of client and server.</param>
/// <param name="Proof">ClientProof.</param>
internal sealed record ScramFinal(string WithoutProof, string Binding, string Nonce, byte[] Proof)
{
    /// <summary>Reads a message whose proof has a length in octets.</summary>
    public static ScramFinal? Parse(string text, int proofLength)
    {
        var fields = text.Split(',');
        if (fields.Length < 3 || !fields[0].StartsWith("c=", StringComparison.Ordinal)
            || !fields[1].StartsWith("r=", StringComparison.Ordinal)
            || !fields[^1].StartsWith("p=", StringComparison.Ordinal) || !fields.Skip(2).SkipLast(1).All(ScramFields.IsExtension))
            return null;
        var proof = new byte[proofLength];
        // The comparison refuses white space and unused bits, so that a proof has one form alone.
        if (!Convert.TryFromBase64String(fields[^1][2..], proof, out var length) || length != proofLength
            || Convert.ToBase64String(proof) != fields[^1][2..])
            return null;
        return new ScramFinal(text[..^(fields[^1].Length + 1)], fields[0][2..], fields[1][2..], proof);
    }
}

/// <summary>The grammar of the fields of SCRAM.</summary>
internal static class ScramFields
{
    private static readonly SearchValues<char> Printable =
        SearchValues.Create([.. Enumerable.Range(0x21, 0x7e - 0x20).Select(c => (char)c).Where(c => c != ',')]);

    public static bool IsPrintable(string text) => !text.AsSpan().ContainsAnyExcept(Printable);

    /// <summary>Whether a field is an optional extension: a letter that has no meaning yet, and a value.</summary>
    public static bool IsExtension(string field) =>
        field.Length > 2 && char.IsAsciiLetter(field[0]) && field[1] == '=' && !"anmrcsipvet".Contains(field[0], StringComparison.Ordinal);
}
