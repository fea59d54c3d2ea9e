using Postfleet.Core.Units;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Filters;

/// <summary>Which mail a filter is asked about, and which part of a message counts as its header.</summary>
public sealed class FilterViewTests
{
    [Fact]
    public async Task A_filter_is_not_asked_about_recipients_over_a_limit_of_the_user()
    {
        await using var milter = new FakeMilter((milter, code, data) => milter.Pass(code, data));
        var world = new SaslWorld(budgets: new FakeBudgets(), filters: [milter.Options()]);
        Assert.True(Rate.TryParseAny("1/d", out var limit));
        world.Users.Put(world.Users["alice@x.test"] with { MaxRecipients = limit });
        await using var client = await world.AuthenticateAsync();
        await client.SendAsync("MAIL FROM:<alice@x.test>\r\nRCPT TO:<a@y.test>\r\nRCPT TO:<b@y.test>\r\n");
        await client.ExpectAsync("250 2.1.0 Ok", "250 2.1.5 Ok", "450 4.7.1 Limit of the user reached: *");
        Assert.Equal("R<a@y.test>|", Assert.Single(milter.Received, frame => frame[0] == 'R'));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("fake", true)]
    [InlineData("other FAKE", true)]
    [InlineData("other", false)]
    [InlineData("none", false)]
    public async Task A_listener_may_name_its_filters(string names, bool isAsked)
    {
        await using var milter = new FakeMilter((milter, code, data) => milter.Pass(code, data));
        var options = milter.Options();
        // The service does not matter where the listener names its filters.
        foreach (var filter in names.Length == 0 ? [options] : new[] { options, options with { Services = "inbound" } })
        {
            var world = new World(filters: [filter], listenerFilters: names);
            var before = milter.Connections;
            await using var client = new MemoryClient(world);
            await client.SendAsync("HELO c\r\n");
            await client.ExpectAsync("220 *", "250 *");
            Assert.Equal(before + (isAsked ? 1 : 0), milter.Connections);
        }
    }

    [Theory]
    [InlineData("a,  b a", "a b")]
    [InlineData("None", "none")]
    [InlineData("none a", null)]
    [InlineData("", "")]
    public void The_text_of_the_filters_of_a_listener_has_one_form(string text, string? canonical) =>
        Assert.Equal(canonical, ListenerFilterText.Normalize(text));

    [Fact]
    public async Task A_line_that_belongs_to_no_field_begins_the_body_for_filters_and_for_the_next_host()
    {
        await using var milter = new FakeMilter((milter, code, data) => milter.Pass(code, data));
        var world = new World(filters: [milter.Options()]);
        await using var client = new MemoryClient(world);
        await client.SendAsync("HELO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n");
        await client.ExpectAsync("220 *", "250 *", "250 *", "250 *", "354 *");
        await client.SendAsync("Subject: x\r\nno field\r\nFrom: forged@y.test\r\n\r\nhi\r\n.\r\n");
        await client.ExpectAsync("250 2.0.0 *");
        Assert.Equal("LSubject|x|", Assert.Single(milter.Received, frame => frame[0] == 'L'));
        Assert.Contains("Bno field\r\nFrom: forged@y.test\r\n\r\nhi\r\n", milter.Received);
        Assert.Equal(
            "Subject: x\r\n\r\nno field\r\nFrom: forged@y.test\r\n\r\nhi\r\n", World.BodyOf(Assert.Single(world.Submission.Stored)));
    }
}
