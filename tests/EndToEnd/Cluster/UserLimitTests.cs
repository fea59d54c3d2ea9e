using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>The limits of users, and the delays of those who guess, over three frontends.</summary>
public sealed class UserLimitTests(UserFrontends users) : IClassFixture<UserFrontends>
{
    private const int Most = 120;
    private const string User = "shop@source.test";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_users_limit_holds_over_the_cluster_when_a_frontend_is_killed()
    {
        await users.PutAsync(User, Most);
        var frontends = users.Nodes;

        // Two go on until they are refused, and one dies with recipients in an open message and units taken ahead.
        var first = SendAsync(frontends[0], 1, until: int.MaxValue);
        var second = SendAsync(frontends[1], 3, until: int.MaxValue);
        var killed = await SendAsync(frontends[2], 4, until: 12);
        using (var open = await LogInAsync(frontends[2]))
        {
            await open.CommandAsync($"MAIL FROM:<{User}>");
            for (var i = 0; i < 5; i++) await open.CommandAsync("RCPT TO:<to@d0.s0.test>");
            await frontends[2].KillAsync();
        }

        var accepted = killed + await first + await second;
        Assert.InRange(accepted, Most - 40, Most);

        // A raised limit holds within a second. The rest can be reached, but for what the killed one had, and no recipient more.
        await users.PutAsync(User, Most + 7);
        await Eventually.True(
            async () =>
            {
                foreach (var frontend in frontends.Take(2)) accepted += await SendAsync(frontend, 1, until: int.MaxValue);
                return await users.UsedAsync(User) == Most + 7;
            },
            Limit, "all units are used or lost");
        Assert.InRange(accepted, Most + 7 - 20, Most + 7);
    }

    [Fact]
    public async Task Failed_logins_at_one_frontend_refuse_attempts_at_another()
    {
        const string Guessed = "guessed@source.test";
        await users.PutAsync(Guessed, Most);
        using var clients = new Clients();
        // Their replies wait for 1, 2, 4, 8 and 16 s. The nodes tell each other before the first reply.
        List<Task<SmtpReply>> replies = [];
        for (var i = 0; i < 5; i++) replies.Add(UserFrontends.LogInAsync(await clients.ConnectAsync(users.Nodes[0]), Guessed, "wrong"));
        Assert.Equal(535, (await await Task.WhenAny(replies)).Code);

        // By its own count alone, the second frontend would check five passwords. The attempts are not at the same time, since several
        // cores could check some before the first of them counts.
        var (second, before) = (users.Nodes[1], Failures(users.Nodes[1]));
        List<Task<SmtpReply>> others = [];
        for (var i = 1; i <= 5 && !others.Exists(IsRefused); i++)
        {
            var reply = UserFrontends.LogInAsync(await clients.ConnectAsync(second), Guessed, "wrong");
            others.Add(reply);
            await Eventually.True(() => reply.IsCompleted || Failures(second) >= before + i, Limit, "the attempt ends");
        }

        await Eventually.True(() => others.Exists(IsRefused), Limit, "an attempt is refused");
    }

    private static bool IsRefused(Task<SmtpReply> reply) => reply is { IsCompletedSuccessfully: true, Result.Code: 454 };

    // The number of accepted recipients, up to a number or to the first refused one.
    private static async Task<int> SendAsync(PostfleetNode frontend, int recipients, int until)
    {
        using var client = await LogInAsync(frontend);
        var accepted = 0;
        while (accepted < until)
        {
            await client.CommandAsync($"MAIL FROM:<{User}>");
            var granted = 0;
            for (var i = 0; i < recipients; i++)
            {
                var reply = await client.CommandAsync($"RCPT TO:<to{i}@d0.s0.test>");
                if (reply.IsPositive) granted++;
                else Assert.StartsWith(
                    "450 4.7.1 Limit of the user reached: maxRecipients ", $"{reply.Code} {reply.Text}", StringComparison.Ordinal);
            }

            if (granted == 0) return accepted;
            Assert.Equal(354, (await client.CommandAsync("DATA")).Code);
            Assert.Equal(250, (await client.CommandAsync($"From: {User}\r\n\r\nx\r\n.")).Code);
            accepted += granted;
        }

        return accepted;
    }

    private static async Task<SmtpClientLite> LogInAsync(PostfleetNode frontend)
    {
        var client = await UserFrontends.ConnectAsync(frontend);
        Assert.Equal(235, (await UserFrontends.LogInAsync(client, User, "secret")).Code);
        return client;
    }

    private static int Failures(PostfleetNode frontend) =>
        frontend.Process.Output.Count(line => line.Contains(" authentication failed ", StringComparison.Ordinal));

    private sealed class Clients : IDisposable
    {
        private readonly List<SmtpClientLite> _clients = [];

        public async Task<SmtpClientLite> ConnectAsync(PostfleetNode frontend)
        {
            var client = await UserFrontends.ConnectAsync(frontend);
            _clients.Add(client);
            return client;
        }

        public void Dispose() => _clients.ForEach(client => client.Dispose());
    }
}
