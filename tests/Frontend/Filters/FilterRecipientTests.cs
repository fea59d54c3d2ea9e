using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Rewriting;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Frontend.Tests.Recipients;
using Xunit;

namespace Postfleet.Frontend.Tests.Filters;

/// <summary>Recipients that a filter adds and removes, where recipient files, rewriting and routes decide about recipients.</summary>
public sealed class FilterRecipientTests
{
    private const string Entries =
        """
        ann@own.test
        bob@own.test    bob@own.test, bob@else.test
        info@own.test   ann@own.test, bob@else.test, cat@else.test
        gone@own.test   x@rejected.test
        """;

    [Theory]
    [InlineData("info@own.test", "-info@own.test", "")]
    [InlineData("info@own.test", "-INFO@own.test", "")]
    [InlineData("info@own.test ann@own.test", "-info@own.test", "ann@own.test")]
    [InlineData("ann@own.test info@own.test", "-info@own.test", "ann@own.test")]
    [InlineData("ann@own.test info@own.test", "-ann@own.test", "ann@own.test bob@else.test cat@else.test")]
    [InlineData("info@own.test bob@own.test", "-info@own.test", "bob@else.test bob@own.test")]
    [InlineData("info@own.test bob@own.test", "-bob@own.test", "ann@own.test bob@else.test cat@else.test")]
    [InlineData("info@own.test bob@own.test info@own.test", "-bob@own.test -info@own.test", "")]
    [InlineData("bob@own.test z@y.test", "-bob@own.test", "z@y.test")]
    // The target is no address that the filter was told.
    [InlineData("info@own.test", "-cat@else.test", "ann@own.test bob@else.test")]
    [InlineData("info@own.test", "-info@own.test +info@own.test", "ann@own.test bob@else.test cat@else.test")]
    public async Task A_removed_alias_takes_its_targets_with_it(string named, string changes, string expected)
    {
        var (reply, message, _) = await SendAsync(named, changes);
        Assert.StartsWith("250 2.0.0", reply, StringComparison.Ordinal);
        Assert.Equal(expected, string.Join(' ', message?.Recipients.Select(recipient => recipient.Address) ?? []));
    }

    [Theory]
    [InlineData("+info@own.test", "z@y.test ann@own.test bob@else.test cat@else.test")]
    [InlineData("+ann+x@own.test", "z@y.test ann+x@own.test")]
    [InlineData("+info@own.test -info@own.test", "z@y.test")]
    [InlineData("+old@renamed.test", "z@y.test new@renamed.test")]
    [InlineData("+w@y.test", "z@y.test w@y.test")]
    public async Task Added_recipients_are_rewritten_and_expanded(string changes, string expected)
    {
        var (_, message, world) = await SendAsync("z@y.test", changes);
        Assert.Equal(expected, string.Join(' ', message!.Recipients.Select(recipient => recipient.Address)));
        Assert.Empty(world.Log.Of("filter recipient left out"));
    }

    [Theory]
    [InlineData("nobody@own.test", "550 5.1.1 No such user here")]
    [InlineData("gone@own.test", "550 5.7.1 Mail to this domain is not accepted")]
    [InlineData("x@rejected.test", "550 5.7.1 Mail to this domain is not accepted")]
    public async Task A_refused_added_recipient_is_left_out_and_the_others_get_the_message(string added, string reply)
    {
        var (_, message, world) = await SendAsync("z@y.test", $"+{added}");
        Assert.Equal("z@y.test", Assert.Single(message!.Recipients).Address);
        var line = Assert.Single(world.Log.Of("filter recipient left out")).Fields;
        Assert.Equal((added, reply), (line["Recipient"], line["Reply"]));
    }

    [Fact]
    public async Task A_message_for_refused_added_recipients_alone_is_refused_and_not_discarded()
    {
        var (reply, message, world) = await SendAsync("z@y.test", "-z@y.test +nobody@own.test");
        Assert.Equal("550 5.1.1 No such user here", reply);
        Assert.Null(message);
        Assert.Empty(world.Log.Of("discarded"));
    }

    [Fact]
    public async Task An_alias_with_too_many_targets_defers_the_message()
    {
        var (reply, message, world) = await SendAsync("z@y.test", "+info@own.test", World.NoDelay with { MaxRecipients = 3 });
        Assert.Equal("452 4.5.3 Too many recipients", reply);
        Assert.Null(message);
        Assert.Equal(new World().Memory.Free, world.Memory.Free);
    }

    [Fact]
    public async Task A_filter_may_add_recipients_before_it_removes_others()
    {
        var limits = World.NoDelay with { MaxRecipients = 3 };
        var (reply, message, _) = await SendAsync("x@y.test y@y.test z@y.test", "+info@own.test -x@y.test -y@y.test -z@y.test", limits);
        Assert.StartsWith("250 2.0.0", reply, StringComparison.Ordinal);
        Assert.Equal("ann@own.test bob@else.test cat@else.test", string.Join(' ', message!.Recipients.Select(one => one.Address)));
    }

    [Theory]
    [InlineData("-bob@own.test", "info@own.test")]
    [InlineData("-BOB@own.test", "info@own.test")]
    [InlineData("-info@own.test -bob@own.test", "")]
    // The target is one of several.
    [InlineData("-cat@else.test", "bob@own.test info@own.test")]
    [InlineData("-bob@own.test +w@y.test", "info@own.test")]
    public async Task A_removed_alias_is_not_reported_as_expanded(string changes, string expected)
    {
        var (_, message, _) = await SendAsync("bob@own.test|NOTIFY=SUCCESS info@own.test|NOTIFY=SUCCESS z@y.test", changes);
        Assert.Equal(expected, string.Join(' ', message!.Expanded.Select(one => one.Address.Address)));
    }

    [Fact]
    public async Task Targets_of_an_added_alias_have_it_as_their_original_recipient()
    {
        var (_, message, _) = await SendAsync("z@y.test", "+info@own.test");
        Assert.Equal("rfc822;info@own.test", message!.Requests[Mailbox.Parse("cat@else.test")].OriginalRecipient);
    }

    [Theory]
    [InlineData("+info@own.test|NOTIFY=SUCCESS", "info@own.test", NotifyOn.Never)]
    [InlineData("+info@own.test|NOTIFY=SUCCESS,DELAY", "info@own.test", NotifyOn.Delay)]
    [InlineData("+info@own.test|NOTIFY=FAILURE", "", NotifyOn.Failure)]
    [InlineData("+info@own.test|NOTIFY=SUCCESS -info@own.test +cat@else.test|NOTIFY=SUCCESS", "", NotifyOn.Success)]
    [InlineData("+info@own.test|NOTIFY=SUCCESS -info@own.test +info@own.test|NOTIFY=NEVER", "", NotifyOn.Never)]
    [InlineData("+info@own.test|NOTIFY=SUCCESS +info@own.test|NOTIFY=SUCCESS", "info@own.test", NotifyOn.Never)]
    public async Task Success_of_an_added_alias_of_several_addresses_is_reported_as_its_expansion(
        string changes, string expanded, NotifyOn notify)
    {
        var (_, message, _) = await SendAsync("z@y.test", changes);
        Assert.Equal(expanded, string.Join(' ', message!.Expanded.Select(one => one.Address.Address)));
        Assert.Equal(notify, message.Requests[Mailbox.Parse("cat@else.test")].Notify);
    }

    private static async Task<(string Reply, Submission? Message, World World)> SendAsync(
        string named, string changes, SmtpOptions? limits = null)
    {
        await using var milter = new FakeMilter((milter, code, data) => code != 'E' ? milter.Pass(code, data)
            : [.. changes.Split(' ').Select(FrameOf), "a"]);
        var rewriting = new RewritingOptions { Services = ["relay"] };
        var world = new World(
            limits, filters: [milter.Options()], recipients: Tables.Rules(Entries),
            rewriter: new Rewriter(rewriting, Tables.Of("old@renamed.test new@renamed.test")),
            routes: [new RouteRule(DomainPattern.Parse("rejected.test"), TargetKind.Reject), new(DomainPattern.Parse("*"), TargetKind.Mx)]);
        await using var client = new MemoryClient(world);
        await client.SendAsync("HELO c\r\nMAIL FROM:<a@x.test>\r\n");
        await client.ExpectAsync("220 *", "250 *", "250 *");
        foreach (var recipient in named.Split(' '))
        {
            var parts = recipient.Split('|');
            await client.SendAsync($"RCPT TO:<{parts[0]}>{string.Concat(parts[1..].Select(parameter => " " + parameter))}\r\n");
            await client.ExpectAsync("250 *");
        }

        await client.SendAsync("DATA\r\n");
        await client.ExpectAsync("354 *");
        await client.SendAsync("Subject: x\r\n\r\nhi\r\n.\r\n");
        return ((await client.ReadLineAsync())!, world.Submission.Stored is [.., var last] ? last : null, world);
    }

    // With parameters it is the other command that adds a recipient.
    private static string FrameOf(string change) => change.Split('|') is [var recipient, var parameters]
        ? $"2<{recipient[1..]}>\0{parameters}\0" : $"{change[0]}<{change[1..]}>\0";
}
