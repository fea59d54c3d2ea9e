using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Interop;

/// <summary>Logins to foreign servers: Exim with its own authentication, Postfix with Dovecot's.</summary>
[Collection(PeersGroup.Name)]
public sealed class LoginTests(Peers peers)
{
    [Theory]
    [InlineData("exim", "plain.exim", "A=plain:plain.exim ")]
    [InlineData("exim", "login.exim", "A=login:login.exim ")]
    [InlineData("postfix", "plain.postfix", "sasl_method=PLAIN, sasl_username=plain.postfix")]
    [InlineData("postfix", "scram.postfix", "sasl_method=SCRAM-SHA-256, sasl_username=scram.postfix")]
    public async Task A_server_that_asks_for_a_password_gets_it(string server, string user, string entry)
    {
        var (peer, content) = (peers[server], Letter.Plain(user));
        await Peers.SendAsync(peers.Node.Relay, ("login@source.test", ""), [($"to@{user}.test", "")], content);

        var trace = (await Peers.StoredAsync(peer, $"to@{user}.test")).TraceAbove(content);
        Assert.Contains(
            "tls", trace.First(field => field.StartsWith("Received:", StringComparison.Ordinal)), StringComparison.OrdinalIgnoreCase);
        await Peers.LoggedAsync(peer, entry);
    }

    [Theory]
    [InlineData("exim", "late.exim")]
    [InlineData("postfix", "late.postfix")]
    public async Task Mail_waits_for_the_right_password(string server, string user)
    {
        var (peer, content) = (peers[server], Letter.Plain(user));
        await Peers.SendAsync(peers.Node.Relay, ("login@source.test", ""), [($"to@{user}.test", "")], content);

        var line = await peers.Node.Process.WaitForLineAsync(
            line => line.Contains(" login failed ", StringComparison.Ordinal)
                && line.Contains(user, StringComparison.Ordinal), Peers.Limit, "nothing of a login that failed");
        Assert.Contains("535", line, StringComparison.Ordinal);
        Assert.DoesNotContain(PeerPlan.Password, line, StringComparison.Ordinal);
        await Eventually.True(
            async () => await peers.Node.QueuesAsync() is { Messages: 1, InFlight: 0, Deferred: 1 }, Peers.Limit, "it waits");
        Assert.Empty(peer.Messages($"to@{user}.test"));
        Assert.DoesNotContain(peers.Sink.Messages, message => message.Recipients.Contains("login@source.test"));

        peers.CorrectPassword(user);
        (await Peers.StoredAsync(peer, $"to@{user}.test")).TraceAbove(content);
        await peers.Node.WaitEmptyAsync(Peers.Limit);
    }
}
