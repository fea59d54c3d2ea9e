using System.Buffers.Text;
using System.Text;

namespace Postfleet.Frontend.Protocol;

/// <summary>The argument of BDAT (RFC 3030 section 2).</summary>
/// <param name="Octets">Number of octets after the command.</param>
/// <param name="IsLast">Whether the chunk is the last of the message.</param>
internal readonly record struct Chunk(long Octets, bool IsLast)
{
    // RFC 3030 sets no bound; 18 digits fit into a long.
    private const int MaxDigits = 18;

    /// <summary>Parses the argument; false when it is malformed, and the number of following octets is unknown.</summary>
    public static bool TryParse(ReadOnlySpan<byte> argument, out Chunk chunk)
    {
        chunk = default;
        var space = argument.IndexOf((byte)' ');
        var digits = space < 0 ? argument : argument[..space];
        if (digits.Length is 0 or > MaxDigits || digits.ContainsAnyExceptInRange((byte)'0', (byte)'9')) return false;
        var rest = space < 0 ? [] : argument[space..].Trim((byte)' ');
        if (!rest.IsEmpty && !Ascii.EqualsIgnoreCase(rest, "LAST"u8)) return false;
        if (!Utf8Parser.TryParse(digits, out long octets, out _)) return false;
        chunk = new Chunk(octets, !rest.IsEmpty);
        return true;
    }
}
