using Postfleet.Contracts.Suppression;
using Postfleet.Core.Classification;
using Postfleet.Core.Mail;
using Postfleet.Core.Suppression;
using Postfleet.Operations.Options;
using Xunit;

namespace Postfleet.Operations.Tests.Suppression;

/// <summary>The suppression list of a node.</summary>
public sealed class SuppressionListTests : SuppressionBench
{
    [Fact]
    public async Task A_list_that_is_off_asks_nobody_and_finds_nobody()
    {
        await PutAsync("ann@a.test");
        Options.Value = new SuppressionOptions();
        Assert.Empty(await FindAsync("ann@a.test"));
        Assert.False(List.MayConcern(Bulk, Mailbox.Parse("ann@a.test")));
        Assert.False(List.IsCounted(BounceClass.Find("unknown-user")!));
        await List.CountAsync(Bulk, Message(1), [Failure("ann@a.test", "unknown-user")], default);
        await AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(0, List.Polls);
        Assert.Empty(Store.Found);
        Assert.NotNull(await List.FindAsync(new SuppressionKey("ann@a.test", ""), default));
    }

    [Fact]
    public async Task Mail_without_an_entry_is_not_looked_up()
    {
        await PutAsync("ann@a.test");
        await StartAsync();
        Store.Found.Clear();
        Assert.Empty(await FindAsync("bob@a.test", "ann@b.test"));
        Assert.False(List.MayConcern(Bulk, Mailbox.Parse("bob@a.test")));
        Assert.True(List.MayConcern(Bulk, Mailbox.Parse("ann@a.test")));
        Assert.Empty(Store.Found);
    }

    [Theory]
    [InlineData("ann@a.test", "all", true)]
    [InlineData("a.test", "all", true)]
    [InlineData("ann@a.test", "stream:bulk", true)]
    [InlineData("a.test", "stream:bulk", true)]
    [InlineData("ann@a.test", "user:shop", true)]
    [InlineData("a.test", "user:shop", true)]
    [InlineData("ann@a.test", "stream:other", false)]
    [InlineData("ann@a.test", "user:other", false)]
    [InlineData("sub.a.test", "all", false)]
    [InlineData("test", "all", false)]
    [InlineData("ann+x@a.test", "all", false)]
    [InlineData("ANN@A.Test", "all", true)]
    [InlineData("\"ann\"@a.test", "all", true)]
    public async Task An_entry_concerns_its_address_or_domain_and_its_mail(string target, string scope, bool isFound)
    {
        Assert.True(SuppressionKey.TryParseTarget(target, out var name));
        Assert.True(SuppressionKey.TryParseScope(scope, out var mail));
        await OtherNode.WriteAsync([new SuppressionPut(new SuppressionKey(name, mail), "asked", "api:x", null)], default);
        await StartAsync();
        Assert.Equal(isFound ? [new SuppressedRecipient(1, "asked")] : [], await FindAsync("bob@b.test", "Ann@a.test"));
    }

    [Fact]
    public async Task Mail_without_a_user_is_of_no_user()
    {
        await PutAsync("ann@a.test", "user:shop");
        await StartAsync();
        Assert.Empty(await List.FindAsync(new SuppressedMail("bulk", ""), [Mailbox.Parse("ann@a.test")], default));
    }

    [Fact]
    public async Task An_entry_of_another_node_holds_after_the_next_poll_and_a_removal_at_once()
    {
        await StartAsync();
        await PutAsync("ann@a.test");
        Assert.Empty(await FindAsync("ann@a.test"));
        await PollAsync();
        Assert.Single(await FindAsync("ann@a.test"));
        await OtherNode.WriteAsync([new SuppressionRemoval(new SuppressionKey("ann@a.test", ""))], default);
        Assert.Empty(await FindAsync("ann@a.test"));
        // The look-up that found none was the last.
        Store.Found.Clear();
        Assert.Empty(await FindAsync("ann@a.test"));
        Assert.Empty(Store.Found);
    }

    [Fact]
    public async Task An_entry_of_this_node_holds_at_once_and_ends_at_its_time()
    {
        await StartAsync();
        await List.WriteAsync(
            [new SuppressionPut(new SuppressionKey("ann@a.test", ""), "x", "api:x", Time.GetUtcNow() + TimeSpan.FromSeconds(3))], default);
        Assert.Single(await FindAsync("ann@a.test"));
        Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Empty(await FindAsync("ann@a.test"));
        Assert.Null(await List.FindAsync(new SuppressionKey("ann@a.test", ""), default));
    }

    [Fact]
    public async Task Failures_make_entries_by_all_rules_of_their_class()
    {
        Assert.True(List.IsCounted(BounceClass.Find("unknown-user")!));
        Assert.False(List.IsCounted(BounceClass.Find("spam")!));
        await StartAsync();
        await List.CountAsync(Bulk, Message(1), [Failure("Ann@a.test", "unknown-user"), Failure("bob@a.test", "spam")], default);
        await List.CountAsync(Bulk, Message(1), [Failure("Ann@a.test", "unknown-user")], default);
        Assert.Equal(["ann@a.test stream:bulk"], await EntriesAsync());
        await List.CountAsync(new SuppressedMail("other", ""), Message(2), [Failure("ann@a.test", "unknown-user")], default);
        await List.CountAsync(Bulk, Message(3), [Failure("cid@a.test", "mailbox-full")], default);
        Assert.Equal(
            ["ann@a.test all", "ann@a.test stream:bulk", "ann@a.test stream:other", "cid@a.test user:shop"], await EntriesAsync());
        var row = await List.FindAsync(new SuppressionKey("ann@a.test", ""), default);
        Assert.Equal(("unknown-user", "rule", Time.GetUtcNow() + TimeSpan.FromDays(90)), (row!.Reason, row.Source, row.ExpiresAt));
        Assert.Null((await List.FindAsync(new SuppressionKey("cid@a.test", "user:shop"), default))!.ExpiresAt);
        Assert.Single(await FindAsync("ann@a.test"));
    }

    [Fact]
    public async Task Many_failures_of_a_message_are_counted_in_pieces()
    {
        var failures = Enumerable.Range(0, 2500).Select(i => Failure($"u{i}@a.test", "mailbox-full")).ToList();
        await List.CountAsync(Bulk, Message(1), failures, default);
        Assert.Equal(2500, (await EntriesAsync()).Count);
    }

    [Fact]
    public async Task Pages_have_what_the_filter_asks_for_and_their_cursors_miss_nothing()
    {
        foreach (var i in Enumerable.Range(0, 7)) await PutAsync($"u{i}@a.test", i % 2 == 0 ? "all" : "stream:bulk");
        await PutAsync("a.test");
        await PutAsync("u1@b.test");
        await PutAsync("u3@a.test");
        await PutAsync("gone@a.test", expires: Time.GetUtcNow() + TimeSpan.FromSeconds(1));
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(10, (await EntriesAsync()).Count);
        Assert.Equal(
            ["u3@a.test all", "u3@a.test stream:bulk"], await EntriesAsync(new SuppressionListFilter("u3@a.test", null, null, null)));
        Assert.Equal(9, (await EntriesAsync(new SuppressionListFilter(null, "a.test", null, null))).Count);
        Assert.Equal(["u1@b.test all"], await EntriesAsync(new SuppressionListFilter(null, "b.test", null, null)));
        Assert.Equal(3, (await EntriesAsync(new SuppressionListFilter(null, null, "stream:bulk", null))).Count);
        Assert.Empty(await EntriesAsync(new SuppressionListFilter(null, null, null, "other")));
        Assert.Empty(await EntriesAsync(new SuppressionListFilter("missing@a.test", null, null, null)));
    }
}
