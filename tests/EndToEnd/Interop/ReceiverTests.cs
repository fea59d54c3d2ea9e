using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Interop;

/// <summary>Mail for foreign servers, checked by the stored mail and the received commands.</summary>
[Collection(PeersGroup.Name)]
public sealed class ReceiverTests(Peers peers)
{
    [Theory]
    [InlineData("postfix", "", " with ESMTP id")]
    [InlineData("postfix", "tls.", " with ESMTPS id")]
    [InlineData("postfix", "smtps.", " with ESMTPS id")]
    [InlineData("exim", "", " with esmtp ")]
    [InlineData("exim", "tls.", " with esmtps ")]
    [InlineData("exim", "smtps.", " with esmtps ")]
    public async Task Content_arrives_octet_for_octet(string server, string way, string protocol)
    {
        var peer = peers[server];
        var letters = new Dictionary<string, byte[]>
        {
            [$"plain@{way}{peer.Domain}"] = Letter.Plain("plain"),
            [$"eight@{way}{peer.Domain}"] = Letter.EightBit("eight"),
            [$"large@{way}{peer.Domain}"] = Letter.Large("large", 700_000),
        };
        foreach (var (recipient, content) in letters)
        {
            await SendAsync($"from@{way}source.test", content.Any(octet => octet > 127) ? "BODY=8BITMIME" : "", [recipient], content);
        }

        foreach (var (recipient, content) in letters)
        {
            var trace = (await Peers.StoredAsync(peer, recipient)).TraceAbove(content);
            var received = trace.Where(field => field.StartsWith("Received:", StringComparison.Ordinal)).ToList();
            Assert.Equal(2, received.Count);
            Assert.Contains(protocol, received[0], StringComparison.Ordinal);
            Assert.Equal(way.Length > 0, received[0].Contains("TLSv1.3", StringComparison.Ordinal)
                || received[0].Contains("TLS1.3", StringComparison.Ordinal));
            Assert.Contains(" by node.test ", received[1], StringComparison.Ordinal);
            Assert.Contains(trace, field => field.Equals($"Return-Path: <from@{way}source.test>", StringComparison.OrdinalIgnoreCase));
        }

        var commands = await Peers.CommandsAsync(peer, $"MAIL FROM:<from@{way}source.test>", letters.Count);
        Assert.Equal(letters.Count, commands.Count);
        Assert.All(commands, command => Assert.Contains(" SIZE=", command, StringComparison.Ordinal));
        Assert.Equal(2, commands.Count(command => command.Contains(" BODY=8BITMIME", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Content_that_a_server_may_not_take_arrives_converted_with_the_same_text()
    {
        var peer = peers.Postfix;
        var letters = new Dictionary<string, byte[]>
        {
            [$"eight@masked.{peer.Domain}"] = Letter.EightBit("masked-eight"),
            [$"long@masked.{peer.Domain}"] = [.. Letter.Plain("masked-long"), .. Enumerable.Repeat((byte)'y', 30_000), .. "\r\n"u8],
        };
        foreach (var (recipient, content) in letters)
        {
            await SendAsync("from@masked.source.test", content.Any(octet => octet > 127) ? "BODY=8BITMIME" : "", [recipient], content);
        }

        foreach (var (recipient, content) in letters)
        {
            var stored = (await Peers.StoredAsync(peer, recipient)).Octets;
            Assert.DoesNotContain(stored, octet => octet > 127);
            Assert.Equal("quoted-printable", MessageContent.Header(stored, "Content-Transfer-Encoding"));
            Assert.Equal(Text(content), Text(stored));
        }

        static byte[] Text(byte[] message)
        {
            using var stream = new MemoryStream(message);
            using var text = new MemoryStream();
            ((MimeKit.MimePart)MimeKit.MimeMessage.Load(stream).Body!).Content!.DecodeTo(text);
            return text.ToArray();
        }
    }

    [Theory]
    [InlineData("postfix")]
    [InlineData("exim")]
    public async Task A_server_whose_certificate_is_for_another_name_gets_nothing(string server)
    {
        var (peer, from) = (peers[server], $"stranger-{server}@source.test");
        await SendAsync(from, "", [$"to@stranger.{peer.Domain}"], Letter.Plain("stranger"));

        var recipient = Assert.Single(Report.Read(await peers.ArrivedAsync(from)).Recipients);
        Assert.Equal(("failed", "4.7.5"), (recipient["Action"], recipient["Status"]));
        Assert.DoesNotContain(peer.Commands(), command => command.Contains(from, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_envelope_comes_pipelined()
    {
        await SendAsync(
            "pipelined@source.test", "", ["first-pipelined@exim.test", "second-pipelined@exim.test"], Letter.Plain("pipelined"));
        await Peers.StoredAsync(peers.Exim, "second-pipelined@exim.test");
        var line = Assert.Single(await Peers.LoggedAsync(peers.Exim, " <= pipelined@source.test "));
        // "L" means pipelining, "L." that more was offered, and "L-" that the client did not use it.
        Assert.Matches(" L[.]? ", line);
    }

    [Theory]
    [InlineData("postfix", "with UTF8SMTP ")]
    [InlineData("exim", "with utf8esmtp ")]
    public async Task Addresses_and_header_in_utf8_stay_as_they_are(string server, string protocol)
    {
        var peer = peers[server];
        var (from, to, content) = ($"jörg-{server}@source.test", $"Дмитрий@{peer.Domain}", Letter.Utf8("utf8"));
        await SendAsync(from, "BODY=8BITMIME SMTPUTF8", [to], content);

        await Peers.CommandsAsync(peer, $"RCPT TO:<{to}>");
        var stored = await Peers.StoredAsync(peer, to);
        var trace = stored.TraceAbove(content);
        Assert.Contains(protocol, trace.First(field => field.StartsWith("Received:", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal($"<{from}>", MessageContent.Header(stored.Octets, "Return-Path"));
        Assert.Contains(" SMTPUTF8", Assert.Single(await Peers.CommandsAsync(peer, $"MAIL FROM:<{from}>")), StringComparison.Ordinal);
    }

    // Exim reports the identifier as received.
    [Theory]
    [InlineData("postfix", "QQ+1")]
    [InlineData("exim", "QQ+2B1")]
    public async Task Requests_for_notifications_are_passed_on_and_the_server_reports(string server, string identifier)
    {
        var peer = peers[server];
        var (from, to) = ($"notify-{server}@source.test", $"told@{peer.Domain}");
        await Peers.SendAsync(
            peers.Node.Relay,
            (from, "RET=HDRS ENVID=QQ+2B1"),
            [(to, "NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;first@origin.test"), ($"quiet@{peer.Domain}", "NOTIFY=NEVER")],
            Letter.Plain("notify"));

        var report = await peers.ArrivedAsync(from);
        await peers.Node.WaitEmptyAsync(Peers.Limit);
        var (message, recipients) = Report.Read(report);
        Assert.Contains(peer.Host, message["Reporting-MTA"], StringComparison.Ordinal);
        Assert.Equal(identifier, message["Original-Envelope-Id"]);
        var recipient = Assert.Single(recipients);
        Assert.Equal(("delivered", $"rfc822;{to}"), (recipient["Action"], Unspaced(recipient["Final-Recipient"])));
        Assert.Equal("rfc822;first@origin.test", Unspaced(recipient["Original-Recipient"]));

        await AssertGivenAsync(peer, $"MAIL FROM:<{from}>", "RET=HDRS", "ENVID=QQ+2B1");
        await AssertGivenAsync(peer, $"RCPT TO:<{to}>", "NOTIFY=SUCCESS,FAILURE", "ORCPT=rfc822;first@origin.test");
        await AssertGivenAsync(peer, $"RCPT TO:<quiet@{peer.Domain}>", "NOTIFY=NEVER");
        // The node itself has sent no report.
        await peers.ArrivedAsync(from);
    }

    [Theory]
    [InlineData("postfix")]
    [InlineData("exim")]
    public async Task A_recipient_that_is_refused_does_not_hold_up_the_others(string server)
    {
        var peer = peers[server];
        var (from, content) = ($"some-{server}@source.test", Letter.Plain("some"));
        await SendAsync(from, "", [$"one@{peer.Domain}", $"nobody@{peer.Domain}", $"two@{peer.Domain}"], content);

        (await Peers.StoredAsync(peer, $"one@{peer.Domain}")).TraceAbove(content);
        (await Peers.StoredAsync(peer, $"two@{peer.Domain}")).TraceAbove(content);
        var recipient = Assert.Single(Report.Read(await peers.ArrivedAsync(from)).Recipients);
        Assert.Equal(
            ("failed", "5.1.1", $"rfc822; nobody@{peer.Domain}"), (recipient["Action"], recipient["Status"], recipient["Final-Recipient"]));
        Assert.Contains("nobody here", recipient["Diagnostic-Code"], StringComparison.Ordinal);
        Assert.Single(await Peers.CommandsAsync(peer, $"MAIL FROM:<{from}>"));
        Assert.Empty(peer.Messages($"nobody@{peer.Domain}"));
    }

    [Theory]
    [InlineData("postfix")]
    [InlineData("exim")]
    public async Task A_recipient_that_is_put_off_gets_it_later_and_the_others_only_once(string server)
    {
        var peer = peers[server];
        var (from, later, content) = ($"grey-{server}@source.test", $"later@{peer.Domain}", Letter.Plain("grey"));
        await SendAsync(from, "", [later, $"soon@{peer.Domain}"], content);

        (await Peers.StoredAsync(peer, $"soon@{peer.Domain}")).TraceAbove(content);
        if (peer is Postfix postfix)
        {
            await Peers.CommandsAsync(peer, $"RCPT TO:<{later}>", 3);
            Assert.Empty(peer.Messages(later));
            await postfix.AdmitAsync(later);
        }

        (await Peers.StoredAsync(peer, later)).TraceAbove(content);
        await peers.Node.WaitEmptyAsync(Peers.Limit);
        await Peers.CommandsAsync(peer, $"RCPT TO:<{later}>", 2);
        Assert.Single(await Peers.CommandsAsync(peer, $"RCPT TO:<soon@{peer.Domain}>"));
        Assert.Single(peer.Messages($"soon@{peer.Domain}"));
        Assert.DoesNotContain(peers.Sink.Messages, message => message.Recipients.Contains(from));
    }

    [Theory]
    [InlineData("postfix")]
    [InlineData("exim")]
    public async Task Message_too_large_for_the_server_is_returned_without_being_sent(string server)
    {
        var peer = peers[server];
        var from = $"large-{server}@source.test";
        await SendAsync(from, "BODY=8BITMIME", [$"too-large@{peer.Domain}"], Letter.Large("too-large", PeerPlan.MaxSize + 1));

        var recipient = Assert.Single(Report.Read(await peers.ArrivedAsync(from)).Recipients);
        Assert.Equal(("failed", "5.3.4"), (recipient["Action"], recipient["Status"]));
        Assert.DoesNotContain(peer.Commands(), command => command.Contains(from, StringComparison.Ordinal));
    }

    private Task SendAsync(string from, string parameters, string[] recipients, byte[] content) =>
        Peers.SendAsync(peers.Node.Relay, (from, parameters), [.. recipients.Select(recipient => (recipient, ""))], content);

    private static string? Unspaced(string? field) => field?.Replace(" ", "", StringComparison.Ordinal);

    private static async Task AssertGivenAsync(IMailPeer peer, string start, params string[] parameters)
    {
        var given = Assert.Single(await Peers.CommandsAsync(peer, start))[start.Length..].Split(' ');
        Assert.All(parameters, parameter => Assert.Contains(parameter, given));
    }
}
