using System.Buffers.Text;

namespace Postfleet.Tools.Loading;

/// <summary>MAIL, RCPT and DATA of a message in one reused buffer. Owned by one session of <see cref="Source"/>.</summary>
internal sealed class Envelope(Plan plan)
{
    // The longest command has 51 octets.
    private readonly byte[] _octets = new byte[64 + 64 * plan.Recipients];
    private readonly int[] _ends = new int[plan.Recipients + 2];

    /// <summary>The beginning of each RCPT command. The recipient's number in the message, a dot and the message's number follow.</summary>
    public static ReadOnlySpan<byte> Recipient => "RCPT TO:<r"u8;

    /// <summary>All commands.</summary>
    public ReadOnlyMemory<byte> All => _octets.AsMemory(0, _ends[^1]);

    /// <summary>One command: MAIL has number 0, followed by the RCPT commands and DATA.</summary>
    public ReadOnlyMemory<byte> Line(int number) => _octets.AsMemory((number == 0 ? 0 : _ends[number - 1]).._ends[number]);

    /// <summary>Each recipient has the next domain, in turn.</summary>
    public void Fill(int number)
    {
        var length = Add(0, "MAIL FROM:<from@source.test>\r\n"u8);
        _ends[0] = length;
        for (var n = 0; n < plan.Recipients; n++)
        {
            length = Add(length, Recipient);
            length = Add(length, n);
            length = Add(length, "."u8);
            length = Add(length, number);
            length = Add(length, "@d"u8);
            length = Add(length, plan.FirstDomain + (int)(((long)number * plan.Recipients + n) % plan.Domains));
            length = Add(length, ".bench.test>\r\n"u8);
            _ends[n + 1] = length;
        }

        _ends[^1] = Add(length, "DATA\r\n"u8);
    }

    private int Add(int at, ReadOnlySpan<byte> text)
    {
        text.CopyTo(_octets.AsSpan(at));
        return at + text.Length;
    }

    private int Add(int at, int number)
    {
        Utf8Formatter.TryFormat(number, _octets.AsSpan(at), out var digits);
        return at + digits;
    }
}
