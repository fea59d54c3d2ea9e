using System.Net;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Frontend.Access;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Screening;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Frontend.Tests.Access;

/// <summary>When a DNS list is believed.</summary>
public sealed class DnsListTests
{
    private const string Zone = "bl.test";

    private static readonly IPAddress Client = IPAddress.Parse("192.0.2.7");

    private readonly FakeTimeProvider _time = new();
    private readonly RecordingLogger _log = new();

    [Fact]
    public async Task A_listing_counts_once_the_list_has_passed_its_test()
    {
        var dns = new ZoneDns().Address("7.2.0.192.bl.test", "127.0.0.2").Text("7.2.0.192.bl.test", "see \u0007http://bl.test");
        var list = NewList(dns);
        Assert.Equal("see ?http://bl.test", (await FindAsync(list))!.Text);
        Assert.Equal(["A 7.2.0.192.bl.test", "A 1.0.0.127.bl.test", "TXT 7.2.0.192.bl.test"], dns.Queries);
        Assert.NotNull(await FindAsync(list));
        Assert.Single(dns.Queries, "A 1.0.0.127.bl.test");
        _time.Advance(DnsListHealth.TestLife);
        Assert.NotNull(await FindAsync(list));
        Assert.Equal(2, dns.Queries.Count(query => query == "A 1.0.0.127.bl.test"));
    }

    [Fact]
    public async Task A_list_that_answers_for_everything_is_switched_off_at_its_first_listing()
    {
        var dns = new ZoneDns().Address("7.2.0.192.bl.test", "127.0.0.2").Address("1.0.0.127.bl.test", "127.0.0.2");
        var list = NewList(dns);
        for (var i = 0; i < 3; i++) Assert.Null(await FindAsync(list));
        Assert.Contains("answers for everything", Assert.Single(_log.Of("dns list off")).Text, StringComparison.Ordinal);
        Assert.Equal(2, dns.Queries.Count);
        _time.Advance(DnsListHealth.Pause);
        Assert.Null(await FindAsync(list));
        Assert.Equal(["A 7.2.0.192.bl.test", "A 1.0.0.127.bl.test", "A 1.0.0.127.bl.test"], dns.Queries);
        Assert.Single(_log.Of("dns list off"));
    }

    [Theory]
    [InlineData("127.255.255.254")]
    [InlineData("203.0.113.1")]
    public async Task Answers_that_no_list_gives_switch_it_off_and_it_comes_back(string answer)
    {
        var list = NewList(new ZoneDns().Address("7.2.0.192.bl.test", answer).Address("8.2.0.192.bl.test", "127.0.0.2"));
        Assert.Null(await FindAsync(list));
        Assert.Single(_log.Of("dns list off"));
        Assert.Null(await FindAsync(list, "192.0.2.8"));
        _time.Advance(DnsListHealth.Pause);
        Assert.NotNull(await FindAsync(list, "192.0.2.8"));
        Assert.Single(_log.Of("dns list on"));
    }

    [Fact]
    public async Task A_silent_list_has_few_questions_in_progress_and_is_asked_more_once_it_answers()
    {
        var answers = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var dns = new ZoneDns().Address($"{DnsList.MaxUnanswered + 2}.2.0.192.bl.test", "127.0.0.2");
        for (var i = 1; i <= DnsList.MaxUnanswered; i++) dns.Silent($"{i}.2.0.192.bl.test", answers.Task);
        var list = NewList(dns);
        var questions = Enumerable.Range(1, DnsList.MaxUnanswered).Select(i => FindAsync(list, $"192.0.2.{i}").AsTask()).ToList();
        _time.Advance(DnsList.Quiet);
        Assert.Null(await FindAsync(list, $"192.0.2.{DnsList.MaxUnanswered + 1}"));
        Assert.Equal(DnsList.MaxUnanswered, dns.Queries.Count);
        answers.SetResult();
        await Task.WhenAll(questions);
        Assert.NotNull(await FindAsync(list, $"192.0.2.{DnsList.MaxUnanswered + 2}"));
        Assert.Empty(_log.Of("dns list off"));
    }

    [Fact]
    public async Task Failures_in_a_row_switch_it_off()
    {
        var dns = new ZoneDns().Failing("7.2.0.192.bl.test").Address("8.2.0.192.bl.test", "127.0.0.2").Failing("1.0.0.127.bl.test");
        var list = NewList(dns);
        for (var i = 0; i < DnsListHealth.MaxFailures - 1; i++) Assert.Null(await FindAsync(list));
        // Another answer begins the count anew; its test fails, which counts.
        Assert.Null(await FindAsync(list, "192.0.2.9"));
        Assert.Empty(_log.Of("dns list off"));
        for (var i = 0; i < DnsListHealth.MaxFailures; i++) Assert.Null(await FindAsync(list));
        Assert.Contains("failed 10 times", Assert.Single(_log.Of("dns list off")).Text, StringComparison.Ordinal);
        var asked = dns.Queries.Count;
        Assert.Null(await FindAsync(list));
        Assert.Equal(asked, dns.Queries.Count);
    }

    [Fact]
    public async Task A_shortage_of_this_node_is_no_failure_of_the_list()
    {
        var list = NewList(new ZoneDns().Crowded("7.2.0.192.bl.test").Address("8.2.0.192.bl.test", "127.0.0.2"));
        for (var i = 0; i < 3 * DnsListHealth.MaxFailures; i++) Assert.Null(await FindAsync(list));
        Assert.Empty(_log.Of("dns list off"));
        Assert.NotNull(await FindAsync(list, "192.0.2.8"));
    }

    [Fact]
    public async Task The_end_of_a_callers_time_is_no_failure_and_the_later_failure_of_the_question_is_one()
    {
        var answers = new TaskCompletionSource();
        var dns = new ZoneDns().Silent("7.2.0.192.bl.test", answers.Task).Failing("7.2.0.192.bl.test")
            .Silent("9.2.0.192.bl.test", new TaskCompletionSource().Task);
        var list = NewList(dns);
        using var over = new CancellationTokenSource();
        await over.CancelAsync();
        for (var i = 0; i < 3 * DnsListHealth.MaxFailures; i++)
            Assert.Null(await list.FindAsync(IPAddress.Parse("192.0.2.9"), "", over.Token));
        Assert.Empty(_log.Of("dns list off"));
        for (var i = 0; i < DnsListHealth.MaxFailures; i++) Assert.Null(await list.FindAsync(Client, "", over.Token));
        Assert.Empty(_log.Of("dns list off"));
        answers.SetResult();
        await Eventually.True(() => _log.Of("dns list off").Any(), TimeSpan.FromSeconds(30), "the list is on");
    }

    [Fact]
    public async Task Late_failures_lengthen_no_pause()
    {
        var late = new TaskCompletionSource();
        var dns = new ZoneDns().Failing("7.2.0.192.bl.test").Silent("9.2.0.192.bl.test", late.Task).Failing("9.2.0.192.bl.test")
            .Address("8.2.0.192.bl.test", "127.0.0.2");
        var list = NewList(dns);
        var waiting = FindAsync(list, "192.0.2.9");
        for (var i = 0; i < DnsListHealth.MaxFailures; i++) Assert.Null(await FindAsync(list));
        _time.Advance(DnsListHealth.FailurePause / 2);
        late.SetResult();
        Assert.Null(await waiting);
        _time.Advance(DnsListHealth.FailurePause / 2);
        Assert.NotNull(await FindAsync(list, "192.0.2.8"));
    }

    [Fact]
    public async Task Lists_of_domains_have_the_test_of_domains()
    {
        var dns = new ZoneDns().Address("x.test.bl.test", "127.0.1.2");
        var list = NewList(dns, DnsListKind.Sender);
        Assert.NotNull(await list.FindAsync(null, "X.test", default));
        Assert.Contains("A invalid.bl.test", dns.Queries);
        Assert.Null(await list.FindAsync(null, "[192.0.2.7]", default));
        Assert.Null(await list.FindAsync(null, string.Join('.', Enumerable.Repeat(new string('b', 60), 4)), default));
        Assert.Empty(_log.Of("dns list off"));
    }

    [Fact]
    public async Task All_lists_are_asked_at_once_and_a_silent_one_costs_the_limit_alone()
    {
        var dns = new ZoneDns().Address("7.2.0.192.a.test", "127.0.0.2").Silent("7.2.0.192.b.test")
            .Address("7.2.0.192.c.test", "127.0.0.2");
        var set = new DnsListSet(
            [.. "abc".Select(c => new DnsList(new DnsListOptions { Zone = $"{c}.test" }, dns, _time, _log))],
            TimeSpan.FromSeconds(5), _time);
        var found = set.FindAsync(Client);
        Assert.False(found.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(["a.test", "c.test"], (await found).Select(listing => listing.Name));
    }

    private static ValueTask<Listing?> FindAsync(DnsList list, string client = "192.0.2.7") =>
        list.FindAsync(IPAddress.Parse(client), "", default);

    private DnsList NewList(ZoneDns dns, DnsListKind kind = DnsListKind.Address) =>
        new(new DnsListOptions { Zone = Zone, Kind = kind }, dns, _time, _log);
}
