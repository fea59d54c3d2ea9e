using Microsoft.Extensions.Time.Testing;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Recipients;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Recipients;

/// <summary>The answers of next hosts: kept for a time, within bounds, each question once.</summary>
public sealed class CalloutTests
{
    private static readonly TimeSpan Known = TimeSpan.FromHours(6);
    private static readonly TimeSpan Unknown = TimeSpan.FromMinutes(10);

    private readonly FakeTimeProvider _time = new();
    private readonly FakeCallout _hosts = new();

    [Fact]
    public async Task Answers_are_kept_for_their_time()
    {
        var callout = NewCallout();
        foreach (var user in (string[])["yes", "no", "later"]) await AskAsync(callout, user);
        Assert.Equal(CalloutResult.Accepted, Find(callout, "YES"));
        Assert.Equal(CalloutResult.Refused, Find(callout, "no"));
        Assert.Null(Find(callout, "later"));
        _time.Advance(Unknown);
        Assert.Null(Find(callout, "no"));
        Assert.Equal(CalloutResult.Accepted, Find(callout, "yes"));
        _time.Advance(Known - Unknown);
        Assert.Null(Find(callout, "yes"));
    }

    [Fact]
    public async Task A_later_answer_replaces_the_earlier_one()
    {
        var cache = new CalloutCache(Known, Unknown, _time);
        var callout = new Callout(_hosts, cache);
        await AskAsync(callout, "yes");
        cache.Add(Mailbox.Parse("yes@own.test"), FakeCallout.Refused);
        Assert.Equal(CalloutResult.Refused, Find(callout, "yes"));
        await AskAsync(callout, "yes");
        Assert.Equal(CalloutResult.Accepted, Find(callout, "yes"));
    }

    [Fact]
    public async Task Unknown_addresses_are_bounded_and_drop_no_known_ones()
    {
        var callout = NewCallout(capacity: 3);
        await AskAsync(callout, "yes");
        for (var i = 0; i < 5; i++) await AskAsync(callout, $"no{i}");
        Assert.Equal(CalloutResult.Accepted, Find(callout, "yes"));
        Assert.Equal(
            [null, null, CalloutResult.Refused, CalloutResult.Refused, CalloutResult.Refused],
            Enumerable.Range(0, 5).Select(i => Find(callout, $"no{i}")));
    }

    [Fact]
    public async Task Questions_at_a_time_about_one_address_are_one()
    {
        _hosts.Hold();
        var callout = NewCallout();
        var questions = Enumerable.Range(0, 10).Select(i => AskAsync(callout, i % 2 == 0 ? "yes" : "Yes")).ToList();
        using var giveUp = new CancellationTokenSource();
        var impatient = callout.AskAsync(Mailbox.Parse("yes@own.test"), "default", giveUp.Token);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        _hosts.Release();
        Assert.All(await Task.WhenAll(questions), answer => Assert.Equal(CalloutResult.Accepted, answer.Result));
        Assert.Equal(1, _hosts.Asked);
        await AskAsync(callout, "yes");
        Assert.Equal(2, _hosts.Asked);
    }

    private Callout NewCallout(int capacity = 100) => new(_hosts, new CalloutCache(Known, Unknown, _time, capacity));

    private static Task<CalloutAnswer> AskAsync(Callout callout, string user) =>
        callout.AskAsync(Mailbox.Parse($"{user}@own.test"), "default", CancellationToken.None);

    private static CalloutResult? Find(Callout callout, string user) => callout.Find(Mailbox.Parse($"{user}@own.test"))?.Result;
}
