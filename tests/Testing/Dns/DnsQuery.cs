using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postfleet.Testing;

/// <summary>A received query, and builders for correct and wrong answers (RFC 1035 section 4).</summary>
/// <param name="Octets">The whole message.</param>
/// <param name="IsTcp">Whether it came by TCP.</param>
public sealed record DnsQuery(byte[] Octets, bool IsTcp)
{
    private const int HeaderLength = 12;

    // A pointer to the name in the question.
    private const ushort AskedName = 0xC000 | HeaderLength;

    /// <summary>The queried name, in lower case without the root dot.</summary>
    public string Name
    {
        get
        {
            var labels = new List<string>();
            for (var at = HeaderLength; Octets[at] > 0; at += Octets[at] + 1)
                labels.Add(Encoding.ASCII.GetString(Octets, at + 1, Octets[at]));
            return string.Join('.', labels).ToLowerInvariant();
        }
    }

    /// <summary>The queried type: 1 A, 5 CNAME, 12 PTR, 15 MX, 16 TXT, 28 AAAA.</summary>
    public int Type => BinaryPrimitives.ReadUInt16BigEndian(Octets.AsSpan(QuestionEnd - 4));

    private int QuestionEnd
    {
        get
        {
            var at = HeaderLength;
            while (Octets[at] > 0) at += Octets[at] + 1;
            return at + 5;
        }
    }

    /// <summary>An answer with records, each created by <see cref="Mx"/>, <see cref="Address"/> or <see cref="Record"/>.</summary>
    /// <param name="answers">The answer section.</param>
    /// <param name="additional">The additional section.</param>
    /// <param name="isTruncated">Sets TC.</param>
    /// <param name="code">RCODE.</param>
    public byte[] Reply(IReadOnlyList<byte[]> answers, IReadOnlyList<byte[]>? additional = null, bool isTruncated = false, int code = 0)
    {
        additional ??= [];
        byte[] reply = [.. Octets[..QuestionEnd], .. answers.SelectMany(record => record), .. additional.SelectMany(record => record)];
        // QR, RD and RA.
        reply[2] = (byte)(0x81 | (isTruncated ? 0x02 : 0));
        reply[3] = (byte)(0x80 | code);
        BinaryPrimitives.WriteUInt16BigEndian(reply.AsSpan(6), (ushort)answers.Count);
        BinaryPrimitives.WriteUInt16BigEndian(reply.AsSpan(8), 0);
        BinaryPrimitives.WriteUInt16BigEndian(reply.AsSpan(10), (ushort)additional.Count);
        return reply;
    }

    /// <summary>An MX record of the queried name, or of another owner.</summary>
    public static byte[] Mx(int preference, string host, int ttl = 300, string? owner = null) =>
        Record(15, [(byte)(preference >> 8), (byte)preference, .. NameOf(host)], ttl, owner);

    /// <summary>An A or AAAA record, by the form of the address.</summary>
    public static byte[] Address(string address, int ttl = 300, string? owner = null)
    {
        var parsed = IPAddress.Parse(address);
        return Record(parsed.AddressFamily == AddressFamily.InterNetwork ? 1 : 28, parsed.GetAddressBytes(), ttl, owner);
    }

    /// <summary>A TXT record of the queried name with character-strings, each of at most 255 octets (Latin-1).</summary>
    public static byte[] Text(params string[] strings) =>
        Record(16, [.. strings.SelectMany(text => Encoding.Latin1.GetBytes(text).Prepend((byte)text.Length))]);

    /// <summary>Any record.</summary>
    public static byte[] Record(int type, byte[] data, int ttl = 300, string? owner = null)
    {
        var fixedPart = new byte[10];
        BinaryPrimitives.WriteUInt16BigEndian(fixedPart, (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(fixedPart.AsSpan(2), 1);
        BinaryPrimitives.WriteInt32BigEndian(fixedPart.AsSpan(4), ttl);
        BinaryPrimitives.WriteUInt16BigEndian(fixedPart.AsSpan(8), (ushort)data.Length);
        byte[] name = owner is null ? [AskedName >> 8, AskedName & 0xFF] : NameOf(owner);
        return [.. name, .. fixedPart, .. data];
    }

    /// <summary>A name as it is written in records, uncompressed; empty is the root.</summary>
    public static byte[] NameOf(string name) =>
        [.. name.Split('.', StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(label => Encoding.Latin1.GetBytes(label).Prepend((byte)label.Length)), 0];
}
