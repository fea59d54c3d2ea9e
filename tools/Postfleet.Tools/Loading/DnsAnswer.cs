using System.Buffers.Binary;
using System.Buffers.Text;

namespace Postfleet.Tools.Loading;

/// <summary>
/// Answers for the zone <c>bench.test</c> (RFC 1035): <c>dN</c> has the MX <c>mx(N mod sites)</c>, and this host an address of
/// 127.1.0.0/16. Other types of these names have no data, and other names do not exist. Both answers have an SOA record for negative
/// caching (RFC 2308).
/// </summary>
internal static class DnsAnswer
{
    public const int MaxSites = 250 * 250;

    private const int HeaderLength = 12;
    private const int Ttl = 3600;
    private const ushort TypeA = 1, TypeSoa = 6, TypeMx = 15, ClassIn = 1;
    private const ushort Response = 0x8400, RecursionDesired = 0x0100, RecursionAvailable = 0x0080, NameError = 3;

    /// <summary>
    /// Writes the answer to a query into <paramref name="answer"/>, which holds 512 octets. Returns its length; 0 for no answer.
    /// </summary>
    public static int Write(ReadOnlySpan<byte> query, Span<byte> answer, int sites)
    {
        if (query.Length is < HeaderLength or > 400 || (query[2] & 0xF8) != 0 || BinaryPrimitives.ReadUInt16BigEndian(query[4..]) != 1)
            return 0;
        var nameEnd = HeaderLength;
        while (nameEnd < query.Length && query[nameEnd] is > 0 and < 64) nameEnd += query[nameEnd] + 1;
        if (nameEnd + 5 > query.Length || query[nameEnd] != 0) return 0;
        var name = query[HeaderLength..(nameEnd + 1)];
        var type = BinaryPrimitives.ReadUInt16BigEndian(query[(nameEnd + 1)..]);
        query[..(nameEnd + 5)].CopyTo(answer);
        var writer = new Writer(answer) { Position = nameEnd + 5 };
        var zone = (ushort)(0xC000 | (HeaderLength + 1 + name[0]));
        var isKnown = IsOfZone(name);
        int answers = 1, number = 0;
        if (isKnown && type == TypeMx && TryNumber(name, "d"u8, out number)) WriteMx(ref writer, number % sites, zone);
        else if (isKnown && type == TypeA && TryNumber(name, "mx"u8, out number) && number < sites) WriteAddress(ref writer, number);
        else answers = 0;
        isKnown = isKnown && (TryNumber(name, "d"u8, out number) || TryNumber(name, "mx"u8, out number));
        if (answers == 0) WriteSoa(ref writer, isKnown ? zone : (ushort)(0xC000 | HeaderLength));

        var flags = Response | RecursionAvailable | (BinaryPrimitives.ReadUInt16BigEndian(query[2..]) & RecursionDesired)
            | (isKnown ? 0 : NameError);
        BinaryPrimitives.WriteUInt16BigEndian(answer[2..], (ushort)flags);
        BinaryPrimitives.WriteUInt16BigEndian(answer[6..], (ushort)answers);
        BinaryPrimitives.WriteUInt16BigEndian(answer[8..], (ushort)(1 - answers));
        BinaryPrimitives.WriteUInt16BigEndian(answer[10..], 0);
        return writer.Position;
    }

    private static bool IsOfZone(ReadOnlySpan<byte> name) =>
        name[0] > 0 && name[(name[0] + 1)..] is var rest && System.Text.Ascii.EqualsIgnoreCase(rest, "\u0005bench\u0004test\0"u8);

    // The first label: a prefix and a number.
    private static bool TryNumber(ReadOnlySpan<byte> name, ReadOnlySpan<byte> prefix, out int number)
    {
        var label = name.Slice(1, name[0]);
        number = 0;
        return label.Length > prefix.Length && System.Text.Ascii.EqualsIgnoreCase(label[..prefix.Length], prefix)
            && Utf8Parser.TryParse(label[prefix.Length..], out number, out var used) && used == label.Length - prefix.Length && number >= 0;
    }

    private static void WriteMx(ref Writer writer, int site, ushort zone)
    {
        Span<byte> label = stackalloc byte[16];
        "mx"u8.CopyTo(label);
        Utf8Formatter.TryFormat(site, label[2..], out var digits);
        writer.Record(0xC000 | HeaderLength, TypeMx, 2 + 1 + 2 + digits + 2);
        writer.Short(10);
        writer.Octet((byte)(2 + digits));
        writer.Octets(label[..(2 + digits)]);
        writer.Short(zone);
    }

    private static void WriteAddress(ref Writer writer, int site)
    {
        writer.Record(0xC000 | HeaderLength, TypeA, 4);
        writer.Octets([127, 1, (byte)(site / 250), (byte)(site % 250 + 1)]);
    }

    private static void WriteSoa(ref Writer writer, ushort owner)
    {
        writer.Record(owner, TypeSoa, 22);
        writer.Octets([0, 0]);
        foreach (var number in (ReadOnlySpan<int>)[1, Ttl, Ttl, Ttl, Ttl]) writer.Long(number);
    }

    private ref struct Writer(Span<byte> target)
    {
        private readonly Span<byte> _target = target;

        public int Position { get; set; }

        public void Octet(byte value) => _target[Position++] = value;

        public void Octets(scoped ReadOnlySpan<byte> value)
        {
            value.CopyTo(_target[Position..]);
            Position += value.Length;
        }

        public void Short(int value)
        {
            BinaryPrimitives.WriteUInt16BigEndian(_target[Position..], (ushort)value);
            Position += 2;
        }

        public void Long(int value)
        {
            BinaryPrimitives.WriteInt32BigEndian(_target[Position..], value);
            Position += 4;
        }

        public void Record(int owner, ushort type, int length)
        {
            Short(owner);
            Short(type);
            Short(ClassIn);
            Long(Ttl);
            Short(length);
        }
    }
}
