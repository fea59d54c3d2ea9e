using System.Text.Json;
using Postfleet.Frontend.Filters.Protocol;

namespace Postfleet.Frontend.Filters.Hooks;

/// <summary>Reads texts of the answer of a hook. Pure.</summary>
internal static class HookText
{
    // Of a name, an address or a reply.
    private const int MaxLength = 4096;

    /// <summary>Reads a text of bounded length; empty for null.</summary>
    /// <param name="reader">The reader, at the text.</param>
    /// <param name="max">The greatest length in octets, before escapes are resolved.</param>
    /// <exception cref="FilterException">The text is longer, or no text.</exception>
    public static string Read(ref Utf8JsonReader reader, int max = MaxLength)
    {
        if (reader.TokenType == JsonTokenType.Null) return "";
        if (reader.TokenType != JsonTokenType.String) throw FilterException.Malformed("its answer has another value in place of a text");
        if (reader.ValueSpan.Length > max) throw FilterException.Malformed($"its answer has a text of more than {max} octets");
        return reader.GetString()!;
    }
}
