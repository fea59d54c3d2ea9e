using Postfleet.Core.Units;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Rewriting;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Users;

/// <summary>Sessions of a user with limits.</summary>
public abstract class UserLimitBench
{
    private protected const string Ok = "250 2.1.5 Ok";

    private protected UserLimitBench()
    {
    }

    private protected FakeBudgets Budgets { get; } = new();

    private protected SaslWorld World(
        string rate = "", string recipients = "", string newRecipients = "", SmtpOptions? limits = null, Rewriter? rewriter = null)
    {
        var world = new SaslWorld(limits: limits, budgets: Budgets, rewriter: rewriter);
        Set(world, rate, recipients, newRecipients);
        return world;
    }

    private protected static void Set(SaslWorld world, string rate = "", string recipients = "", string newRecipients = "") =>
        world.Users.Put(world.Users["alice@x.test"] with
        {
            MaxRate = Of(rate),
            MaxRecipients = Of(recipients),
            MaxNewRecipients = Of(newRecipients),
        });

    private protected static async Task BeginAsync(MemoryClient client, string before = "")
    {
        await client.SendAsync($"{before}MAIL FROM:<alice@x.test>\r\n");
        while (await client.ReadLineAsync() is { } line && line != "250 2.1.0 Ok") Assert.StartsWith("250", line, StringComparison.Ordinal);
    }

    private protected static async Task SendContentAsync(MemoryClient client, string reply = "250 *")
    {
        await client.SendAsync($"DATA\r\n{SubmittedMessageTests.Complete}\r\nx\r\n.\r\n");
        await client.ExpectAsync("354 *", reply);
    }

    private static Rate Of(string text) => Rate.TryParseAny(text, out var rate) ? rate : throw new ArgumentException(text);
}
