using System.Text;

namespace Postfleet.Tools.Loading;

/// <summary>A message's content in a reused buffer, in which only the mark changes. Owned by one session of <see cref="Source"/>.</summary>
internal sealed class Content
{
    /// <summary>The smallest size that holds the header.</summary>
    public const int MinOctets = 256;

    // Larger content is sent in two writes, so the time from the final dot begins when most of the content has been sent.
    private const int MaxTail = 16 * 1024;

    private readonly Ledger _ledger;
    private readonly byte[] _octets;
    private readonly int _top;
    private readonly int _tail;

    /// <param name="octets">The size without <paramref name="top"/>.</param>
    /// <param name="top">Header lines above all others.</param>
    /// <param name="ledger">Writes the marks.</param>
    public Content(int octets, ReadOnlySpan<byte> top, Ledger ledger)
    {
        _ledger = ledger;
        _top = top.Length;
        _octets = [.. top, .. Make(octets), .. ".\r\n"u8];
        _tail = Math.Max(0, _octets.Length - MaxTail);
    }

    /// <summary>The first write; empty for small content.</summary>
    public ReadOnlyMemory<byte> Head => _octets.AsMemory(.._tail);

    /// <summary>The write with the final dot.</summary>
    public ReadOnlyMemory<byte> Tail => _octets.AsMemory(_tail..);

    /// <summary>Changes the mark.</summary>
    public void Mark(int number) => _ledger.WriteMark(number, _octets.AsSpan(_top + Ledger.Marker.Length - 2));

    /// <summary>The content of a message without a mark and without the final dot.</summary>
    public static byte[] Make(int octets)
    {
        var content = new byte[octets];
        var header = $"{Encoding.ASCII.GetString(Ledger.Marker)[2..]}{new string('-', Ledger.MarkLength)}\r\n"
            + "From: from@source.test\r\nTo: to@bench.test\r\nSubject: load\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\n\r\n";
        var at = Encoding.ASCII.GetBytes(header, content);
        while (at < octets)
        {
            // A last line of one octet would have no space for its CRLF.
            var length = octets - at is var left && left <= 80 ? left : Math.Min(80, left - 2);
            content.AsSpan(at, length - 2).Fill((byte)'x');
            "\r\n"u8.CopyTo(content.AsSpan(at + length - 2));
            at += length;
        }

        return content;
    }
}
