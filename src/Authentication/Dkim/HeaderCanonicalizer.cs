using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Postfleet.Authentication.Dkim;

/// <summary>Adds header fields to a hash in their canonical form (RFC 6376 sections 3.4.1 and 3.4.2). Pure.</summary>
internal static class HeaderCanonicalizer
{
    /// <summary>Adds a field. A lone LF counts as a line end.</summary>
    /// <param name="hash">The hash.</param>
    /// <param name="field">The octets of the field from its name to its last line end, which may be absent.</param>
    /// <param name="canonicalization">The algorithm.</param>
    /// <param name="hasLineEnd">Whether a CRLF follows the field in the hash; the field of the signature itself has none.</param>
    public static void Append(IncrementalHash hash, ReadOnlySpan<byte> field, Canonicalization canonicalization, bool hasLineEnd)
    {
        // A lone LF becomes CRLF, which at most doubles the length.
        var buffer = ArrayPool<byte>.Shared.Rent(2 * field.Length + 4);
        try
        {
            var length = canonicalization == Canonicalization.Relaxed ? Relax(field, buffer) : Simplify(field, buffer);
            if (hasLineEnd)
            {
                buffer[length++] = (byte)'\r';
                buffer[length++] = (byte)'\n';
            }

            hash.AppendData(buffer, 0, length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static int Relax(ReadOnlySpan<byte> field, Span<byte> output)
    {
        var colon = field.IndexOf((byte)':');
        if (colon < 0) colon = field.Length;
        var name = field[..colon].TrimEnd(" \t"u8);
        Ascii.ToLower(name, output, out var count);
        // Octets above ASCII end the conversion; no field name that was read has any.
        if (count < name.Length) name.CopyTo(output);
        count = name.Length;
        output[count++] = (byte)':';
        var hasSpace = false;
        var first = count;
        for (var i = colon + 1; i < field.Length; i++)
        {
            var octet = field[i];
            switch (octet)
            {
                case (byte)' ' or (byte)'\t':
                    hasSpace = true;
                    break;
                case (byte)'\n':
                case (byte)'\r' when i + 1 < field.Length && field[i + 1] == '\n':
                    break;
                default:
                    if (hasSpace && count > first) output[count++] = (byte)' ';
                    hasSpace = false;
                    output[count++] = octet;
                    break;
            }
        }

        return count;
    }

    private static int Simplify(ReadOnlySpan<byte> field, Span<byte> output)
    {
        if (field.EndsWith("\n"u8)) field = field.EndsWith("\r\n"u8) ? field[..^2] : field[..^1];
        var count = 0;
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] == '\n' && (i == 0 || field[i - 1] != '\r')) output[count++] = (byte)'\r';
            output[count++] = field[i];
        }

        return count;
    }
}
