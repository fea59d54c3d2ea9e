using System.Net;
using System.Text;
using CsCheck;
using Postfleet.Frontend.Protocol;
using Xunit;

namespace Postfleet.Frontend.Tests.Protocol;

public sealed class ProxyHeaderTests
{
    private const string Signature = "0D0A0D0A000D0A515549540A";

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\r\n", "192.0.2.1")]
    [InlineData("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255")]
    [InlineData("PROXY TCP6 2001:db8::1 2001:db8::2 0 25\r\n", "2001:db8::1")]
    [InlineData("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 25\r\n", "::ffff:192.0.2.1")]
    public void Header_lines_name_the_client(string line, string client) =>
        Holds(Encoding.ASCII.GetBytes(line), ProxyResult.Client, client);

    [Theory]
    [InlineData("PROXY UNKNOWN\r\n")]
    [InlineData("PROXY UNKNOWN ffff:f...f:ffff 1 2 3\r\n")]
    public void Header_lines_with_UNKNOWN_name_no_client(string line) => Holds(Encoding.ASCII.GetBytes(line), ProxyResult.Local, null);

    [Theory]
    [InlineData("EHLO c\r\n")]
    [InlineData("\n")]
    [InlineData("PROXY\r\n")]
    [InlineData("PROXYTCP4 192.0.2.1 198.51.100.1 1 2\r\n")]
    [InlineData("proxy TCP4 192.0.2.1 198.51.100.1 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 1\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 1 2 3\r\n")]
    [InlineData("PROXY TCP4  192.0.2.1 198.51.100.1 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.01 198.51.100.1 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.513 198.51.100.1 1 2\r\n")]
    [InlineData("PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n")]
    [InlineData("PROXY TCP6 192.0.2.1 198.51.100.1 1 2\r\n")]
    [InlineData("PROXY TCP6 [::1] ::1 1 2\r\n")]
    [InlineData("PROXY TCP6 fe80::1%1 ::1 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 65536 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 01 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 -1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.1 1 \r\n")]
    [InlineData("PROXY UDP4 192.0.2.1 198.51.100.1 1 2\r\n")]
    [InlineData("PROXY UNKNOWN xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")]
    public void Malformed_header_lines_are_invalid(string line) =>
        Assert.Equal(ProxyResult.Invalid, ProxyHeader.Parse(new(Encoding.ASCII.GetBytes(line)), out _, out _));

    [Theory]
    [InlineData("2111000C C0000201C6336401 DC040019", "192.0.2.1")]
    [InlineData("21110013 C0000201C6336401 DC040019 04000401020304", "192.0.2.1")]
    [InlineData("21210024 20010DB8000000000000000000000001 20010DB8000000000000000000000002 DC040019", "2001:db8::1")]
    public void Binary_headers_name_the_client(string hex, string client) => Holds(Binary(hex), ProxyResult.Client, client);

    [Theory]
    [InlineData("20000000")]
    [InlineData("2011000C C0000201C6336401 DC040019")]
    [InlineData("21000000")]
    [InlineData("21000003 040000")]
    [InlineData("20FF0001 00")]
    public void Binary_headers_of_command_LOCAL_name_no_client(string hex) => Holds(Binary(hex), ProxyResult.Local, null);

    [Theory]
    [InlineData("1111000C C0000201C6336401 DC040019")]
    [InlineData("2211000C C0000201C6336401 DC040019")]
    [InlineData("2111000B C0000201C6336401 DC0400")]
    [InlineData("2112000C C0000201C6336401 DC040019")]
    [InlineData("2121000C C0000201C6336401 DC040019")]
    [InlineData("2111FFFF")]
    public void Malformed_binary_headers_are_invalid(string hex) =>
        Assert.Equal(ProxyResult.Invalid, ProxyHeader.Parse(new(Binary(hex)), out _, out _));

    [Fact]
    public void Any_input_is_parsed_without_exception() => Gen.Byte.Array[0, 200].Select(Gen.Bool, Gen.Bool).Sample(
        (octets, isBinary, isLine) =>
    {
        byte[] input = isBinary ? [.. Convert.FromHexString(Signature), .. octets] : isLine ? [.. "PROXY TCP"u8, .. octets] : octets;
        var result = ProxyHeader.Parse(new(input), out var length, out var client);
        Assert.Equal(result == ProxyResult.Client, client is not null);
        Assert.InRange(length, 0, input.Length);
    });

    // Every proper prefix is incomplete for any split, and octets behind the header stay unread.
    private static void Holds(byte[] header, ProxyResult expected, string? expectedClient)
    {
        for (var count = 0; count < header.Length; count++)
            Assert.Equal(ProxyResult.Incomplete, ProxyHeader.Parse(new(header, 0, count), out _, out _));
        byte[] input = [.. header, .. "EHLO c\r\n"u8];
        for (var cut = 0; cut <= input.Length; cut++)
        {
            Assert.Equal(expected, ProxyHeader.Parse(Sequences.Split(input, cut), out var length, out var client));
            Assert.Equal(header.Length, length);
            Assert.Equal(expectedClient is null ? null : IPAddress.Parse(expectedClient), client);
        }
    }

    private static byte[] Binary(string hex) => Convert.FromHexString(Signature + hex.Replace(" ", "", StringComparison.Ordinal));
}
