using System.Text;
using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Messages;
using Postfleet.Authentication.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Authentication.Tests.Dkim;

/// <summary>
/// dkimpy as a peer, in one process for each test: each canonical form of header and body, with each algorithm, over odd messages.
/// </summary>
public sealed class DkimPyTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Signatures_of_dkimpy_pass_and_changed_messages_fail()
    {
        // The length of the body has nothing to do with the form of the header.
        var cases = PeerMatrix.Cases().SelectMany(one => new[] { (one, HasLength: false), (one, HasLength: true) })
            .Where(pair => !pair.HasLength || pair.one.Header == "relaxed").ToArray();
        var signed = await DkimPeer.RunAsync(DkimPeer.DkimPy, cases.Select(pair => new
        {
            op = "sign",
            message = Convert.ToBase64String(TestMessages.Octets(PeerMatrix.Head + "\r\n" + pair.one.Body)),
            key = pair.one.Key.Text,
            algorithm = pair.one.Key.Name,
            header = pair.one.Header,
            body = pair.one.Form,
            fields = PeerMatrix.Fields,
            length = pair.HasLength,
        }));
        for (var i = 0; i < cases.Length; i++)
        {
            var (one, hasLength) = cases[i];
            var text = Encoding.Latin1.GetString(Convert.FromBase64String((string)signed[i]!));
            var name = $"{one} {hasLength}";
            await ExpectAsync(DkimStatus.Pass, text, one.Key.Key, name);
            await ExpectAsync(DkimStatus.Fail, text.Replace("Joe <joe", "Jim <joe", StringComparison.Ordinal), one.Key.Key, name);
            await ExpectAsync(DkimStatus.Fail, text.Replace("; c=", "; x=99999999999; c=", StringComparison.Ordinal), one.Key.Key, name);
            await ExpectAsync(DkimStatus.Fail, text.Replace("from a", "from z", StringComparison.Ordinal), one.Key.Key, name);
            await ExpectAsync(DkimStatus.Fail, "X-Absent: now here\r\n" + text, one.Key.Key, name);
            await ExpectAsync(DkimStatus.Fail, "X-Hop: one more\r\n" + text, one.Key.Key, name, hasExtraHop: true);
            // Simple bodies without a line, and bodies of blank lines, are equal to an added blank line.
            await ExpectAsync(hasLength ? DkimStatus.Pass : DkimStatus.Fail, text + "\r\nadded\r\n", one.Key.Key, name, isAdded: true);
        }

        output.WriteLine($"{cases.Length} messages signed by dkimpy");
    }

    [Fact]
    public async Task Signatures_of_this_server_pass_in_dkimpy()
    {
        var cases = PeerMatrix.Cases().ToArray();
        var verified = await DkimPeer.RunAsync(DkimPeer.DkimPy, cases.SelectMany(one =>
        {
            var signed = PeerMatrix.Sign(one.Header, one.Form, one.Key.Key, one.Body);
            return new[] { signed, signed.Replace("Tim <", "Tom <", StringComparison.Ordinal) }
                .Select(text => PeerMatrix.VerifyRequest(text, one.Key.Key));
        }));
        for (var i = 0; i < cases.Length; i++)
        {
            Assert.True("true" == verified[2 * i]!.ToJsonString(), $"{cases[i]}: {verified[2 * i]}");
            Assert.True("false" == verified[2 * i + 1]!.ToJsonString(), $"{cases[i]}: {verified[2 * i + 1]}");
        }

        output.WriteLine($"{cases.Length} messages verified by dkimpy");
    }

    private static async Task ExpectAsync(
        DkimStatus status, string text, DkimPrivateKey key, string name, bool isAdded = false, bool hasExtraHop = false)
    {
        // The added field moves the others by one place: the lower two of three are signed.
        if (hasExtraHop) status = DkimStatus.Pass;
        var result = (await DkimVerifier.VerifyAsync(
            MessageHeader.Read(TestMessages.Octets(text)), new ZoneDns().Text(PeerMatrix.KeyName, key.Record), DateTimeOffset.UtcNow,
            10,
            default)).Single();
        Assert.True(status == result.Status, $"{name}: {result.Status}, {result.Reason}");
        if (isAdded && status == DkimStatus.Pass) Assert.True(result.HasUnsignedBody, name);
    }
}
