using System.Text;
using Postfleet.Core.Mail;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Interop;

/// <summary>Postfix and Exim relay their mail to the node and verify its certificate.</summary>
[Collection(PeersGroup.Name)]
public sealed class RelayTests(Peers peers)
{
    [Theory]
    [InlineData("postfix")]
    [InlineData("exim")]
    public async Task Mail_that_another_server_sends_on_arrives_as_it_was(string server)
    {
        var letters = new (string Name, string Parameters, byte[] Content)[]
        {
            ("plain", "", Letter.Plain("relayed")),
            ("eight", "BODY=8BITMIME", Letter.EightBit("relayed")),
            ("large", "BODY=8BITMIME", Letter.Large("relayed", 900_000)),
        };
        var (peer, domain) = (peers[server], $"content.{server}.sink.test");
        foreach (var (name, parameters, content) in letters)
        {
            await Peers.SendAsync(peer.EndPoint, ($"{name}@{server}.source.test", parameters), [($"{name}@{domain}", "")], content);
        }

        foreach (var (name, parameters, content) in letters)
        {
            var message = await peers.ArrivedAsync($"{name}@{domain}");
            Assert.Equal($"{name}@{server}.source.test", message.ReversePath);
            Assert.Equal(parameters.Length > 0, message.MailParameters.Contains("BODY=8BITMIME", StringComparison.Ordinal));
            var received = new StoredMail(message.Content!).TraceAbove(content);
            Assert.Equal(2, received.Count);
            Assert.Matches($"^Received: from {peer.Host} .* by node.test .*with ESMTPS id .*tls TLS_", received[0]);
        }

        if (server == "exim")
        {
            // "K" means chunking.
            var sent = await Peers.LoggedAsync(peer, $"@{domain} F=", letters.Length);
            Assert.All(sent, line => Assert.Contains(" K ", line, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("postfix")]
    [InlineData("exim")]
    public async Task Several_recipients_stay_together_and_one_that_is_refused_is_reported(string server)
    {
        var (peer, domain) = (peers[server], $"several.{server}.sink.test");
        var from = $"several-{server}@source.test";
        await Peers.SendAsync(
            peer.EndPoint, (from, ""), [($"one@{domain}", ""), ($"two@{domain}", ""), ("gone@refused.test", "")], Letter.Plain("several"));

        Assert.Equal([$"one@{domain}", $"two@{domain}"], (await peers.ArrivedAsync($"two@{domain}")).Recipients.Order());
        var (message, recipients) = Report.Read(await peers.ArrivedAsync(from));
        Assert.Contains(peer.Host, message["Reporting-MTA"], StringComparison.Ordinal);
        var recipient = Assert.Single(recipients);
        Assert.Equal("failed", recipient["Action"]);
        Assert.Contains("gone@refused.test", recipient["Final-Recipient"], StringComparison.Ordinal);
        Assert.Contains("550 5.7.1", recipient["Diagnostic-Code"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postfix")]
    [InlineData("exim")]
    public async Task Requests_for_reports_and_utf8_pass_both_servers(string server)
    {
        var (peer, domain) = (peers[server], $"wishes.{server}.sink.test");
        var (from, to, content) = ($"jörg-{server}@source.test", $"Дмитрий@{domain}", Letter.Utf8("wishes"));
        await Peers.SendAsync(
            peer.EndPoint, (from, "BODY=8BITMIME SMTPUTF8 RET=FULL ENVID=QQ314"),
            [(to, "NOTIFY=SUCCESS,FAILURE"), ($"plain@{domain}", "NOTIFY=NEVER ORCPT=rfc822;first@x.test")], content);

        foreach (var recipient in (string[])[to, $"plain@{domain}"])
        {
            var message = await peers.ArrivedAsync(recipient);
            Assert.Equal(from, message.ReversePath);
            Assert.Contains(" with UTF8SMTPS id ", message.Trace, StringComparison.Ordinal);
            new StoredMail(message.Content!).TraceAbove(content);
            var (mail, command) = peers.CommandsFor(message, recipient);
            Assert.All((string[])["SMTPUTF8", "RET=FULL", "ENVID=QQ314"], parameter => Assert.Contains(parameter, mail.Split(' ')));
            Assert.Contains(recipient == to ? "NOTIFY=SUCCESS,FAILURE" : "NOTIFY=NEVER", command.Split(' '));
            if (recipient != to) Assert.Contains("ORCPT=rfc822;first@x.test", command.Split(' '));
            else if (server == "postfix") Assert.Contains($"ORCPT=rfc822;{Xtext.Encode(Encoding.UTF8.GetBytes(to))}", command.Split(' '));
        }
    }
}
