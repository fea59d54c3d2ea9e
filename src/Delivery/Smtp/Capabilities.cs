using System.Globalization;

namespace Postfleet.Delivery.Smtp;

/// <summary>What a peer has offered in its answer to EHLO, as far as it is used.</summary>
/// <param name="HasPipelining">RFC 2920.</param>
/// <param name="HasEightBitMime">RFC 6152.</param>
/// <param name="HasSize">RFC 1870.</param>
/// <param name="MaxSize">Largest message it takes, in octets; 0 when it sets no limit.</param>
internal readonly record struct Capabilities(bool HasPipelining, bool HasEightBitMime, bool HasSize, long MaxSize)
{
    /// <summary>Reads the lines behind the first one.</summary>
    public static Capabilities Parse(RawReply reply)
    {
        var capabilities = default(Capabilities);
        foreach (var line in reply.Lines.Skip(1))
        {
            var words = line.Split(' ', 2, StringSplitOptions.TrimEntries);
            capabilities = words[0].ToUpperInvariant() switch
            {
                "PIPELINING" => capabilities with { HasPipelining = true },
                "8BITMIME" => capabilities with { HasEightBitMime = true },
                "SIZE" => capabilities with { HasSize = true, MaxSize = words.Length > 1 ? ParseSize(words[1]) : 0 },
                _ => capabilities,
            };
        }

        return capabilities;
    }

    private static long ParseSize(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : 0;
}
