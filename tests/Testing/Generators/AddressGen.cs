using CsCheck;

namespace Postfleet.Testing.Generators;

/// <summary>Text that a hostile or merely foreign peer may send where an address or a domain is expected.</summary>
public static class AddressGen
{
    private static readonly Gen<string> Label = Gen.OneOf(
        Gen.Char["abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"].Array[1, 20].Select(chars => new string(chars)),
        Gen.OneOf("bücher", "BÜCHER", "münchen", "例え", "xn--bcher-kva", "ελλάδα", "почта"));

    /// <summary>Names, nearly all of them valid.</summary>
    public static readonly Gen<string> Name = Label.Array[1, 5].Select(labels => string.Join('.', labels));

    /// <summary>Literals, nearly all of them valid.</summary>
    public static readonly Gen<string> Literal = Gen.OneOf(
        Gen.Byte.Array[4].Select(octets => $"[{string.Join('.', octets)}]"),
        Gen.Byte.Array[16].Select(octets => $"[IPv6:{new System.Net.IPAddress(octets)}]"),
        Gen.Byte.Array[16].Select(octets => $"[ipv6:{new System.Net.IPAddress(octets).ToString().ToUpperInvariant()}]"));

    /// <summary>Anything: any code unit, pieces of addresses in any order, and very long text.</summary>
    public static readonly Gen<string> Hostile = Gen.OneOf(
        Gen.Char['\0', '\uffff'].Array[0, 40].Select(chars => new string(chars)),
        Gen.OneOf("[", "]", "IPv6:", "::1", "127.0.0.1", ".", "..", "-", "@", "\"", "\\", "xn--", "a", "é", "\ud800", "\udc00", " ", "\0",
            "%eth0",
            "/64", ":", "0x7f", "010", "\u3002", "\u200d", "\u00ad", "ß", "İ", "<", ">").Array[0, 12].Select(string.Concat),
        Gen.Select(Gen.Char['\0', '\u0400'], Gen.Int[0, 2_000], (c, length) => new string(c, length)),
        Name, Literal);
}
