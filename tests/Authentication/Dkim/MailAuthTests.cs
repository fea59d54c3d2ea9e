using System.Text;
using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Messages;
using Postfleet.Authentication.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Authentication.Tests.Dkim;

/// <summary>
/// Messages of stalwartlabs/mail-auth: 001 is the one of RFC 8463, with both keys; the others are mail of providers. The first lines of a
/// file are names with key records.
/// </summary>
public sealed class MailAuthTests
{
    private static readonly DateTimeOffset Then = DateTimeOffset.FromUnixTimeSeconds(1667843664);

    [Theory]
    [InlineData("001", "ed25519-sha256 256 Pass,rsa-sha256 1024 Pass")]
    [InlineData("002", "rsa-sha256 1024 Pass")]
    [InlineData("003", "rsa-sha256 1024 Pass,rsa-sha256 1024 Pass")]
    [InlineData("004", "rsa-sha256 1024 Pass")]
    [InlineData("005", "rsa-sha256 1024 Pass")]
    [InlineData("006", "rsa-sha256 1024 Pass")]
    public async Task Signatures_of_the_message_have_their_results(string file, string expected)
    {
        var (keys, message) = Read(file);
        var results = await DkimVerifier.VerifyAsync(MessageHeader.Read(TestMessages.Octets(message)), keys, Then, 10, default);
        Assert.Equal(expected, string.Join(',', results.Select(result => $"{result.Algorithm} {result.KeyBits} {result.Status}")));
    }

    [Fact]
    public async Task Any_change_of_a_signed_part_fails()
    {
        var (keys, message) = Read("001");
        foreach (var (part, change) in new[]
        {
            ("Is dinner ready?", "Is dinner ready!"), ("joe@football", "jim@football"), ("We lost", "We won"), ("Joe.\r\n", "Joe\r\n"),
            ("2003 21", "2003 22"),
        })
        {
            var changed = message.Replace(part, change, StringComparison.Ordinal);
            Assert.NotEqual(message, changed);
            var results = await DkimVerifier.VerifyAsync(MessageHeader.Read(TestMessages.Octets(changed)), keys, Then, 10, default);
            Assert.All(results, result => Assert.Equal(DkimStatus.Fail, result.Status));
        }
    }

    private static (ZoneDns Keys, string Message) Read(string file)
    {
        var text = Encoding.Latin1.GetString(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Dkim", "MailAuth", $"{file}.txt")));
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        var keys = new ZoneDns();
        foreach (var line in text[..end].Split('\n'))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            keys.Text(line[..space], line[(space + 1)..]);
        }

        return (keys, text[(end + 2)..].Replace("\n", "\r\n", StringComparison.Ordinal));
    }
}
