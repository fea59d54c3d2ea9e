using System.Buffers;
using System.Text;
using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Messages;
using Postfleet.Core.Mail;

namespace Postfleet.Authentication.Tests.Fixtures;

/// <summary>Messages and keys of tests.</summary>
internal static class TestMessages
{
    public const string Simple =
        "From: Joe <joe@example.org>\r\nTo: Suzie <suzie@example.net>\r\nSubject: Dinner\r\nDate: Mon, 30 Nov 2026 14:00:00 +0000\r\n"
        + "Message-ID: <1@example.org>\r\n\r\nHi.\r\n\r\nWe lost the game.\r\n";

    public static readonly DateTimeOffset Now = new(2026, 11, 30, 14, 0, 0, TimeSpan.Zero);

    public static readonly DomainName Domain = Parse("example.org");

    /// <summary>A key of 2048 bits.</summary>
    public static readonly DkimPrivateKey Rsa = Read(PemOfRsa(2048));

    /// <summary>An Ed25519 key.</summary>
    public static readonly DkimPrivateKey Ed25519 = Read(Convert.ToBase64String([.. Enumerable.Range(1, 32).Select(i => (byte)i)]));

    public static byte[] Octets(string text) => Encoding.Latin1.GetBytes(text);

    public static MessageHeader Header(string text) => MessageHeader.Read(Octets(text));

    public static DomainName Parse(string text) => DomainName.TryParse(text, out var name) ? name : throw new FormatException(text);

    public static DkimPrivateKey Read(string text) =>
        DkimPrivateKey.TryRead(text, out var key, out var error) ? key : throw new FormatException(error);

    public static string PemOfRsa(int bits)
    {
        using var rsa = System.Security.Cryptography.RSA.Create(bits);
        return rsa.ExportRSAPrivateKeyPem();
    }

    /// <summary>The octets in segments of a length.</summary>
    public static ReadOnlySequence<byte> Split(byte[] octets, int length)
    {
        var pieces = new ContentPieces();
        for (var at = 0; at < octets.Length; at += length)
            pieces.Add(octets.AsMemory(at, Math.Min(length, octets.Length - at)));
        return pieces.Build().Octets;
    }
}
